//! How long a bit of this sender really is.
//!
//! Least squares over the edges of frames that were read: where an edge is against which boundary it is.
//! Edges to mark and edges to space have their own zero, so that a line which is slow in one direction does
//! not look like another rate. A sender that is off is followed; one that is nearly right is taken at its
//! word, so that clean traffic is read at exactly the rate that was asked for.

/// A rate within this share of what was asked for is taken to be that.
const RIGHT: f64 = 0.012;
/// No sender is followed farther than this.
const FARTHEST: f64 = 0.12;
/// What a frame's evidence is worth after the next one.
const MEMORY: f64 = 0.98;
/// The same for what tells that the rate has changed, and by how much it must have.
const QUICK: f64 = 0.8;
const CHANGED: f64 = 0.05;
/// The evidence, in squared bits, that the rate is what was asked for.
const TRUST: f64 = 400.0;

/// The places of a frame's edges against the boundaries that they belong to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    pub(super) to_space: Sums,
    pub(super) to_mark: Sums,
}

/// The places of edges of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    n: u32,
    k: u32,
    kk: u32,
    x: f64,
    kx: f64,
}

impl Sums {
    /// An edge `x` bits after the start edge belongs to boundary `k`.
    #[inline]
    pub(super) fn add(&mut self, k: u32, x: f64) {
        self.n += 1;
        self.k += k;
        self.kk += k * k;
        self.x += x;
        self.kx += f64::from(k) * x;
    }
}

impl Places {
    /// Sum of squares of the boundaries around their mean, and of the products with the places.
    pub(super) fn slope(&self) -> (f64, f64) {
        let mut slope = (0.0, 0.0);
        for sums in [self.to_space, self.to_mark].iter().filter(|sums| sums.n > 1) {
            let mean = f64::from(sums.k) / f64::from(sums.n);
            slope.0 += f64::from(sums.kk) - f64::from(sums.k) * mean;
            slope.1 += sums.kx - sums.x * mean;
        }
        slope
    }
}

/// The sender's bit.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// Nanoseconds of a bit as it was asked for.
    asked: f64,
    /// Nanoseconds of a bit as it is followed.
    bit: f64,
    /// Both sums, over the last few frames, lately and in all; places are in bits as asked for.
    last: (f64, f64),
    lately: (f64, f64),
    all: (f64, f64),
}

impl Pace {
    pub(super) fn new(baud: u32) -> Pace {
        let asked = 1e9 / f64::from(baud.max(1));
        Pace { asked, bit: asked, last: (0.0, 0.0), lately: (0.0, 0.0), all: (0.0, 0.0) }
    }

    /// Nanoseconds of a bit.
    pub(super) const fn bit(&self) -> f64 {
        self.bit
    }

    /// The rate is what was asked for, as far as is known.
    pub(super) fn is_right(&self) -> bool {
        self.bit.to_bits() == self.asked.to_bits()
    }

    /// A frame was read whose places, in bits as followed, have this slope. Says whether that changed the bit.
    pub(super) fn take(&mut self, (xx, xy): (f64, f64)) -> bool {
        if xx <= 0.0 {
            return false;
        }
        let xy = if self.is_right() { xy } else { xy * (self.bit / self.asked) };
        self.all = (self.all.0 + xx, self.all.1 + xy);
        self.lately = (self.lately.0 * MEMORY + xx, self.lately.1 * MEMORY + xy);
        self.last = (self.last.0 * QUICK + xx, self.last.1 * QUICK + xy);
        // What the last few frames say against what lately was said, and that against what was asked for:
        // without a division, for this is done for every frame.
        let apart = self.last.1 * self.lately.0 - self.lately.1 * self.last.0;
        if apart.abs() > CHANGED * self.last.0 * self.lately.0 {
            self.lately = self.last;
        }
        let evidence = self.lately.0 + TRUST;
        let excess = self.lately.1 - self.lately.0;
        let before = self.bit;
        self.bit = if excess.abs() < RIGHT * evidence {
            self.asked
        } else {
            self.asked * (1.0 + (excess / evidence).clamp(-FARTHEST, FARTHEST))
        };
        self.bit.to_bits() != before.to_bits()
    }

    /// What was followed led nowhere.
    pub(super) fn forget(&mut self) -> bool {
        let changed = !self.is_right();
        self.bit = self.asked;
        (self.last, self.lately) = ((0.0, 0.0), (0.0, 0.0));
        changed
    }

    /// How long the sender's bit is against the one that was asked for, over all frames.
    pub(super) fn measured(&self) -> Option<f64> {
        (self.all.0 > 0.0 && self.all.1 > 0.0).then(|| self.all.1 / self.all.0)
    }
}
