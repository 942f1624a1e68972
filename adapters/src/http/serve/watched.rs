//! A connection on which it is noticed that the client has closed its side, or is gone, while its answer is being made.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// A connection, and who wants to know that the client has closed its side of it.
pub(super) struct Watched {
    connection: TcpStream,
    closed: watch::Sender<bool>,
}

impl Watched {
    /// Says `closed` as soon as the client has closed its side.
    pub(super) const fn new(connection: TcpStream, closed: watch::Sender<bool>) -> Self {
        Self { connection, closed }
    }

    /// Looks whether the client has closed its side, without taking anything of what it sent; comes back by itself when
    /// something has come.
    fn look(&self, context: &mut Context<'_>) -> Result<()> {
        if *self.closed.borrow() {
            return Ok(());
        }
        match self.connection.poll_peek(context, &mut ReadBuf::new(&mut [0])) {
            Poll::Ready(Ok(0)) => {
                self.closed.send_replace(true);
                Ok(())
            }
            Poll::Ready(Ok(_)) | Poll::Pending => Ok(()),
            Poll::Ready(Err(gone)) => Err(gone),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = (buffer.filled().len(), buffer.remaining());
        ready!(Pin::new(&mut self.connection).poll_read(context, buffer))?;
        if before.1 > 0 && buffer.filled().len() == before.0 {
            self.closed.send_replace(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.connection).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    /// Whoever serves the connection flushes whenever it is woken, also while an answer is being made and nothing is
    /// read: that is when it is looked at.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.look(context)?;
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}
