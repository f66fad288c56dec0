//! zlib, as Django compresses payloads.

use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::verified::VerifyError;

thread_local! {
    // Their tables are a third of a megabyte: to make them takes longer than what they are for.
    static DEFLATER: RefCell<Compress> = Compress::new(Compression::default(), true).into();
    static INFLATER: RefCell<Decompress> = Decompress::new(true).into();
}

/// `bytes` compressed, if that is shorter by more than one byte: Django's rule.
pub(super) fn deflated(bytes: &[u8]) -> Option<Vec<u8>> {
    // What doesn't fit is not shorter.
    let mut compressed = Vec::with_capacity(bytes.len());
    let status = DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        deflater.compress_vec(bytes, &mut compressed, FlushCompress::Finish)
    });
    let is_whole = matches!(status, Ok(Status::StreamEnd));
    (is_whole && compressed.len() + 1 < bytes.len()).then_some(compressed)
}

pub(super) fn inflated(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>, VerifyError> {
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(true);
        let mut bytes = Vec::with_capacity(compressed.len().saturating_mul(4));
        loop {
            let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
            let rest = compressed.get(read..).unwrap_or_default();
            let status = inflater
                .decompress_vec(rest, &mut bytes, FlushDecompress::None)
                .map_err(|_| VerifyError::Malformed)?;
            if bytes.len() > max_bytes {
                return Err(VerifyError::TooLarge);
            }
            match status {
                Status::StreamEnd => return Ok(bytes),
                // There was room, so it ends in the middle.
                _ if bytes.len() < bytes.capacity() => return Err(VerifyError::Malformed),
                _ => bytes.reserve(bytes.capacity().max(1)),
            }
        }
    })
}
