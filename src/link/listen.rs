//! A caller that we wait for: `listen://[ADDRESS]:PORT`.
//!
//! Opening waits without limit until one caller is in, and then listens no more: the system refuses a
//! second caller while the first is served. Without an address every address of the machine is taken, IPv6
//! and IPv4 alike.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::endpoint::{Cancel, EventSink, OpenLink};
use super::tcp::{attach, ended};
use crate::engine::{Failure, LinkEvent, LinkInfo, Medium, OpenRequest, Target, Trouble};

/// How often we look for a caller, and at [`Cancel`].
const TICK: Duration = Duration::from_millis(50);
/// Callers that may wait for us to notice the first.
const BACKLOG: i32 = 1;

/// Listens at a [`Target::Listen`] until one caller is in. Tells the bound address by
/// [`LinkEvent::Progress`]; the link's name is the caller's address.
///
/// # Errors
/// [`Failure::Busy`] when the port is taken, [`Failure::Permission`] when we may not have it,
/// [`Failure::NotFound`] when this machine has no such address, [`Failure::Local`] when `cancel` was set.
pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    let Target::Listen { address, port } = &request.target else {
        return Err(Trouble::new(
            Failure::Io,
            format!("{} is not a port to listen on", request.target),
            "write listen://:PORT",
        ));
    };
    let listener =
        bind(address.as_deref(), *port).map_err(|error| not_bound(&request.target, *port, &error))?;
    let bound = listener.local_addr().map_err(|error| not_bound(&request.target, *port, &error))?;
    if !sink.send(LinkEvent::Progress(format!("listening on {bound}"))) {
        return Err(ended());
    }
    let (stream, caller) = wait_for_caller(&listener, cancel)?;
    drop(listener);
    let caller = SocketAddr::new(caller.ip().to_canonical(), caller.port()).to_string();
    let endpoint = attach(stream, caller.clone(), sink, cancel).map_err(|error| {
        Trouble::new(Failure::Io, format!("the caller {caller} was lost: {error}"), "wait for the next one")
    })?;
    Ok((
        endpoint,
        LinkInfo {
            medium: Medium::Net,
            name: caller,
            identity: None,
            adapter: None,
            remarks: vec![format!("a caller came to {bound}; others are refused meanwhile")],
            abilities: crate::engine::Abilities::default(),
        },
    ))
}

fn bind(address: Option<&str>, port: u16) -> io::Result<TcpListener> {
    let Some(address) = address else {
        // A system without IPv6 cannot make the first kind of socket.
        return listener(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)).or_else(
            |error| match error.kind() {
                io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
                _ => listener(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)),
            },
        );
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (address, port).to_socket_addrs()? {
        match listener(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Elsewhere than on Unix this would let two programs have the same port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[expect(clippy::disallowed_methods, reason = "accepting cannot be waited for with a limit portably")]
fn wait_for_caller(listener: &TcpListener, cancel: &Cancel) -> Result<(TcpStream, SocketAddr), Trouble> {
    while !cancel.is_set() {
        // An error is that of a caller who was gone again, or passes.
        match listener.accept() {
            Ok(caller) => return Ok(caller),
            Err(_) => thread::sleep(TICK),
        }
    }
    Err(ended())
}

fn not_bound(target: &Target, port: u16, error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::AddrInUse => Trouble::new(
            Failure::Busy,
            format!("port {port} is in use by another program"),
            "choose another port, or end that program",
        ),
        io::ErrorKind::PermissionDenied => Trouble::new(
            Failure::Permission,
            format!("port {port} may not be listened on by this user"),
            "choose a port above 1023, such as listen://:6400",
        ),
        io::ErrorKind::AddrNotAvailable => Trouble::new(
            Failure::NotFound,
            format!("{target} names an address that this machine does not have"),
            format!("write listen://:{port} for every address"),
        ),
        _ => Trouble::new(Failure::Io, format!("cannot listen at {target}: {error}"), "check the address"),
    }
}
