//! Accepts connections on one origin's port and carries HTTP/1.1 over them, inside TLS where that is asked for.
//! What is said on a connection is [`exchange`]'s own.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::exchange::{Line, exchange};
use crate::log::Site;
use crate::world::World;

/// What stands behind a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// One of the origins that a browser may reach.
    Site(Site),
    /// The one that only tests may reach.
    Control,
}

/// Accepts connections until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    door: Door,
    tls: Option<TlsAcceptor>,
    world: Arc<World>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let world = Arc::clone(&world);
                let tls = tls.clone();
                connections.spawn(async move {
                    match tls {
                        None => converse(stream, door, world).await,
                        // Whoever does not trust the certificate ends the handshake; that is no error of ours.
                        Some(tls) => if let Ok(stream) = tls.accept(stream).await {
                            converse(stream, door, world).await;
                        },
                    }
                });
            }
        }
    }
    connections.shutdown().await;
}

/// A connection that can be ended by a TCP reset.
trait Resettable {
    /// Makes the coming end of the connection a reset.
    fn reset_at_end(&self);
}

impl Resettable for TcpStream {
    fn reset_at_end(&self) {
        let _as_far_as_the_system_lets_us = self.set_zero_linger();
    }
}

impl Resettable for TlsStream<TcpStream> {
    fn reset_at_end(&self) {
        self.get_ref().0.reset_at_end();
    }
}

/// A browser that goes away, or a fault that cuts the line, is no error of ours.
async fn converse<S: AsyncRead + AsyncWrite + Resettable + Unpin>(stream: S, door: Door, world: Arc<World>) {
    let line = Arc::new(Line::default());
    let service = service_fn(|request| Box::pin(exchange(door, Arc::clone(&world), Arc::clone(&line), request)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _ended = poll_fn(|task| connection.poll_without_shutdown(task)).await;
    let mut stream = connection.into_parts().io.into_inner();
    if line.reset.load(Ordering::Relaxed) {
        stream.reset_at_end();
    } else {
        let _gone_already = stream.shutdown().await;
    }
}
