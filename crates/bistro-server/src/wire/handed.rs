//! A response's body on its way to the client, which tells its connection how far it is.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::body::{Body, Broken};
use crate::wire::progress::UnderWay;

/// A body and the request it answers. The request is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Handed {
    body: Body,
    under_way: UnderWay,
}

impl Handed {
    /// The body of the response to a request.
    pub(crate) fn new(body: Body, under_way: UnderWay) -> Self {
        Self { body, under_way }
    }
}

impl HttpBody for Handed {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.under_way.asked();
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if matches!(frame, Some(Ok(_))) && !self.body.is_end_stream() {
            self.under_way.handed_over();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
