#!/usr/bin/env bash
# A session on a real kernel driver: /dev/ttyUSB0 of a guest is an FTDI adapter under ftdi_sio. The session
# opens it at 300 baud, text goes both ways, the adapter is unplugged, another one appears under the old
# name and is left alone, the first one comes back and the session goes on. Then a second session rests the line by
# breaks (--invert-tx=rest) under strace, which sees each break begin and end around the text.
#
#   TTYUSB_VM=/path/to/ttyusb-vm scripts/ttyusb-session.sh target/release/petterm
#
# docs/testing.md says what ttyusb-vm must do. Needs util-linux's script, strace, socat and a static busybox.
set -euo pipefail

binary=${1:?usage: TTYUSB_VM=/path/to/ttyusb-vm $0 BINARY}
: "${TTYUSB_VM:?set TTYUSB_VM to the ttyusb-vm tool, see docs/testing.md}"
[ -x "$binary" ] || { echo "$binary is not a program" >&2; exit 2; }
for tool in socat script strace; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 2; }
done
if ldd /bin/busybox >/dev/null 2>&1; then
    echo "/bin/busybox is not static; install busybox-static" >&2
    exit 2
fi

VM_DIR=$(mktemp -d)
export VM_DIR VM_TIMEOUT=${VM_TIMEOUT:-240}
trap 'kill "${vm:-}" "${wire:-}" 2>/dev/null || true; rm -rf "$VM_DIR"' EXIT
cp "$binary" "$VM_DIR/petterm"

# ---- In the guest. Each "MARK word" on the console tells the host how far it is.
cat >"$VM_DIR/guest.sh" <<'GUEST'
baud() { stty -F /dev/ttyUSB0 2>/dev/null | grep -o 'speed [0-9]*' | grep -o '[0-9]*'; }
# until SECONDS COMMAND...: waits until the command succeeds
until_() { n=$(($1 * 10)); shift; while ! "$@"; do n=$((n - 1)); [ $n -gt 0 ] || { echo "MARK failed: $*"; exit 1; }; sleep 0.1; done; }
runs_at() { [ "$(baud)" = "$1" ]; }
present() { [ -e /dev/ttyUSB0 ]; }
absent() { [ ! -e /dev/ttyUSB0 ]; }
logged() { grep -q "$1" /tmp/log; }
ended() { ! kill -0 $session 2>/dev/null; }

before=$(baud)
mkfifo /tmp/keys
script -q -e -f -c 'stty rows 32 cols 100; exec petterm /dev/ttyUSB0 --baud 300 --no-config --log=/tmp/log' \
    /tmp/screen </tmp/keys >/dev/null 2>&1 &
session=$!
exec 3>/tmp/keys
until_ 20 runs_at 300
echo MARK opened
printf hello >&3
until_ 20 logged WORLD-ONE
echo MARK heard
until_ 20 absent
echo MARK unplugged
until_ 20 present
sleep 3
if runs_at 300; then echo "MARK failed: another adapter was adopted"; exit 1; fi
echo MARK stranger-left-alone
until_ 20 absent
echo MARK stranger-gone
until_ 20 runs_at 300
echo MARK reopened
printf again >&3
until_ 20 logged WORLD-TWO
echo MARK heard-again
printf '\035q' >&3
until_ 10 ended
wait $session
echo "MARK ended with $?"
until_ 5 runs_at "$before"
echo MARK settings-restored
strace -f -o /tmp/trace -e trace=ioctl,write petterm /dev/ttyUSB0 --baud 300 --no-config --invert-tx=rest \
    --dump text --script 'sleep:500 send:hi sleep:2000' </dev/null >/dev/null 2>/tmp/said
echo "MARK inverted ended with $?"
cat /tmp/said
# h and i as shift-TX sends them, and the frame behind them.
echo "MARK order:" $(grep -oE 'TIOC[SC]BRK|"/-.377"' /tmp/trace)
GUEST

# ---- On the host.
"$TTYUSB_VM" "$VM_DIR/guest.sh" "$VM_DIR/petterm" "$(command -v script)" "$(command -v strace)" >"$VM_DIR/console" 2>&1 &
vm=$!

fail() {
    echo "FAILED: $*" >&2
    tail -n 40 "$VM_DIR/console" >&2
    exit 1
}

# Waits for a mark of the guest.
mark() {
    for _ in $(seq 1 1200); do
        if grep -aq "MARK failed" "$VM_DIR/console"; then fail "$(grep -a 'MARK failed' "$VM_DIR/console")"; fi
        if grep -aq "MARK $1" "$VM_DIR/console"; then
            echo "ok: $1"
            return
        fi
        kill -0 "$vm" 2>/dev/null || fail "the guest ended before '$1'"
        sleep 0.1
    done
    fail "no '$1' in two minutes"
}

# Waits for text on the wire.
wire_says() {
    for _ in $(seq 1 200); do
        if grep -aqi "$1" "$VM_DIR/heard"; then
            echo "ok: the wire says $1"
            return
        fi
        sleep 0.1
    done
    fail "'$1' did not arrive on the wire: $(od -c "$VM_DIR/heard" | tail -n 5)"
}

monitor() {
    { sleep 0.2; echo "$1"; sleep 0.5; } | socat - "UNIX-CONNECT:$VM_DIR/monitor" >/dev/null
}

# The adapter is plugged in once somebody holds the other end of the wire.
for _ in $(seq 1 600); do [ -S "$VM_DIR/wire" ] && break; sleep 0.1; done
mkfifo "$VM_DIR/say"
: >"$VM_DIR/heard"
socat - "UNIX-CONNECT:$VM_DIR/wire" <"$VM_DIR/say" >"$VM_DIR/heard" &
wire=$!
exec 4>"$VM_DIR/say"

mark opened
wire_says hello
printf 'WORLD-ONE\r\n' >&4
mark heard
monitor 'device_del usbser'
mark unplugged
monitor 'device_add usb-serial,chardev=c0,id=stranger,port=2'
mark stranger-left-alone
monitor 'device_del stranger'
mark stranger-gone
monitor 'device_add usb-serial,chardev=c0,id=usbser,port=1'
mark reopened
wire_says again
printf 'WORLD-TWO\r\n' >&4
mark heard-again
mark 'ended with 0'
mark settings-restored
mark 'inverted ended with 0'
mark 'order: TIOCSBRK TIOCCBRK "/-\\377" TIOCSBRK TIOCCBRK'
echo "passed: the session outlived its adapter"
