//! What passes over a socket: read and written where it is plain; beneath hyper and beside it told apart, measured, and watched for
//! time.

pub(crate) mod scan;
pub(crate) mod progress;
pub(crate) mod preface;
pub(crate) mod plain;
pub(crate) mod reply;
pub(crate) mod buffers;
pub(crate) mod automatic;
pub(crate) mod transport;
pub(crate) mod handed;
