//! How messages of ours travel: as bytes that only the same build reads, over gRPC between machines, over pipes
//! between a worker and its slots. What they say is in `message`.

use std::io::{self, Read, Write};
use std::marker::PhantomData;

use bytes::{Buf, BufMut};
use polars_utils::pl_serialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// Bytes that one message may have.
pub(crate) const LONGEST: usize = 256 << 20;

/// The message as bytes.
pub(crate) fn to_bytes(message: &impl Serialize) -> io::Result<Vec<u8>> {
    pl_serialize::serialize_to_bytes::<_, false>(message).map_err(io::Error::other)
}

/// The message that [`to_bytes`] made.
pub(crate) fn from_bytes<M: DeserializeOwned>(bytes: &[u8]) -> io::Result<M> {
    pl_serialize::deserialize_from_reader::<_, _, false>(bytes).map_err(io::Error::other)
}

/// Puts messages of ours into gRPC frames.
pub(crate) struct OwnCodec<Out, In>(PhantomData<fn(Out) -> In>);

impl<Out, In> Default for OwnCodec<Out, In> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Out, In> Codec for OwnCodec<Out, In>
where
    Out: Serialize + Send + 'static,
    In: DeserializeOwned + Send + 'static,
{
    type Encode = Out;
    type Decode = In;
    type Encoder = OwnCodec<Out, In>;
    type Decoder = OwnCodec<Out, In>;

    fn encoder(&mut self) -> Self::Encoder {
        Self::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Self::default()
    }
}

impl<Out: Serialize, In> Encoder for OwnCodec<Out, In> {
    type Item = Out;
    type Error = Status;

    fn encode(&mut self, item: Out, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&to_bytes(&item).map_err(|error| Status::internal(error.to_string()))?);
        Ok(())
    }
}

impl<Out, In: DeserializeOwned> Decoder for OwnCodec<Out, In> {
    type Item = In;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<In>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        from_bytes(&bytes).map(Some).map_err(|error| Status::invalid_argument(error.to_string()))
    }
}

/// Writes a message to a pipe.
pub(crate) async fn send(pipe: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    let bytes = to_bytes(message)?;
    pipe.write_u32(u32::try_from(bytes.len()).map_err(io::Error::other)?).await?;
    pipe.write_all(&bytes).await?;
    pipe.flush().await
}

/// Reads the next message from a pipe.
pub(crate) async fn receive<M: DeserializeOwned>(pipe: &mut (impl AsyncRead + Unpin)) -> io::Result<M> {
    let length = pipe.read_u32().await? as usize;
    let mut bytes = vec![0; checked(length)?];
    pipe.read_exact(&mut bytes).await?;
    from_bytes(&bytes)
}

/// Writes a message to a pipe, from a thread that may block.
pub(crate) fn send_blocking(pipe: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = to_bytes(message)?;
    pipe.write_all(&u32::try_from(bytes.len()).map_err(io::Error::other)?.to_be_bytes())?;
    pipe.write_all(&bytes)?;
    pipe.flush()
}

/// Reads the next message from a pipe, on a thread that may block.
pub(crate) fn receive_blocking<M: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<M> {
    let mut length = [0; 4];
    pipe.read_exact(&mut length)?;
    let mut bytes = vec![0; checked(u32::from_be_bytes(length) as usize)?];
    pipe.read_exact(&mut bytes)?;
    from_bytes(&bytes)
}

fn checked(length: usize) -> io::Result<usize> {
    if length > LONGEST {
        return Err(io::Error::other(format!("a message of {length} bytes is longer than any of ours")));
    }
    Ok(length)
}
