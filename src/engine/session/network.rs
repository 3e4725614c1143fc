//! The session's side of telnet: its settings, what it has to say, and what it is told of the screen.

use super::Session;
use crate::engine::{Target, TcpScheme, TelnetPolicy};
use crate::telnet;
use crate::telnet::Telnet;
use crate::telnet::TelnetConfig;

impl Session {
    pub(super) fn telnet_config(&self) -> TelnetConfig {
        let (cols, rows) = self.screen_size();
        let (policy, port) = match &self.config.target {
            Target::Tcp { scheme: Some(TcpScheme::Telnet), port, .. } => (TelnetPolicy::Telnet, *port),
            Target::Tcp { scheme: Some(TcpScheme::Raw), port, .. } => (TelnetPolicy::Raw, *port),
            Target::Tcp { port, .. } => (self.config.telnet, *port),
            _ => (self.config.telnet, 0),
        };
        TelnetConfig {
            policy: match policy {
                TelnetPolicy::Auto => telnet::Policy::Auto { port23: port == 23 },
                TelnetPolicy::Telnet => telnet::Policy::Telnet,
                TelnetPolicy::Raw => telnet::Policy::Raw,
            },
            terminal_types: vec![self.config.screen.terminal_type()],
            size: (u16::from(cols), u16::from(rows)),
            cr_nul: self.config.cr_nul,
            open_actively: self.config.telnet_open,
        }
    }

    pub(super) fn screen_size(&self) -> (u8, u8) {
        let (cols, rows) = self.screen.size();
        (if self.config.view40 { cols.min(40) } else { cols }, rows)
    }

    pub(super) fn announce_size(&mut self) {
        let (cols, rows) = self.screen_size();
        let now = self.now;
        let kind = self.config.screen;
        if let Some(telnet) = &mut self.telnet {
            telnet.set_terminal_types(vec![kind.terminal_type()]);
            telnet.set_size(now, (u16::from(cols), u16::from(rows)));
        }
        self.telnet_events();
    }

    pub(super) fn telnet_events(&mut self) {
        while let Some(event) = self.telnet.as_mut().and_then(Telnet::poll) {
            match event {
                telnet::Event::Send(wire) => {
                    self.outbox.grew(wire.len());
                    self.transmit(wire);
                }
                telnet::Event::Transport(telnet::Transport::Telnet) if self.config.binary => {
                    if let Some(telnet) = &mut self.telnet {
                        telnet.request_binary();
                    }
                }
                // The picture asks for these when it is taken.
                telnet::Event::Transport(_) | telnet::Event::Echo(_) => {}
                telnet::Event::BinaryRefused(side) => {
                    let way = if side == telnet::Side::Ours { "to" } else { "from" };
                    self.warn(format!("the far end refuses telnet BINARY for what goes {way} it"));
                }
            }
        }
    }

    /// A server that echoes makes our own echo a double one.
    pub(super) fn remote_echoes(&self) -> bool {
        self.telnet.as_ref().is_some_and(Telnet::remote_echo)
    }
}
