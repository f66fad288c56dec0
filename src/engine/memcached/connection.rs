//! A connection to a server, and what is said on it.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use crate::engine::shared::timeout::within;

/// Longer than any line that memcached answers to what we ask.
const LONGEST_LINE: u64 = 2048;
/// Bytes of the largest item that is read.
pub(super) const LARGEST: u64 = 16 * 1024 * 1024;
/// The time that an answer may take, and that an item may take to come, or to go. The first leaves time for
/// a second try, also within the time of a cache before a database.
const ANSWER: Duration = Duration::from_millis(400);
const ITEM: Duration = Duration::from_millis(800);

/// Why a server didn't do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection is broken or silent, or nobody there speaks as memcached does.
    Connection(io::Error),
    /// The item is larger than any that is read.
    TooLarge,
    /// The server says so itself.
    Refused(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

/// The answer of a server.
pub(super) enum Answer {
    Done,
    /// Another item is there than was expected.
    Another,
    Nothing,
    /// An item, and what else was asked of it.
    Item {
        value: Vec<u8>,
        flags: String,
    },
}

pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(super) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// True if it is open, as far as is known, and nothing unasked has come.
    pub(super) fn is_quiet(&self) -> bool {
        let read = self.0.get_ref().try_read(&mut [0]);
        self.0.buffer().is_empty() && read.is_err_and(|why| why.kind() == io::ErrorKind::WouldBlock)
    }

    pub(super) async fn write(&mut self, command: &[u8]) -> io::Result<()> {
        within(ITEM, self.0.write_all(command)).await
    }

    /// The next line of an answer, without its end, which is a bare `\n` in some lists.
    pub(super) async fn line(&mut self, limit: Duration) -> io::Result<String> {
        let mut line = Vec::new();
        let mut rest = (&mut self.0).take(LONGEST_LINE);
        within(limit, rest.read_until(b'\n', &mut line)).await?;
        let line = line.strip_suffix(b"\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(String::from_utf8_lossy(line).trim_end().to_owned())
    }

    /// Sends one command. After an error, or if that is given up, the connection is of no use.
    pub(super) async fn send(&mut self, command: &[u8]) -> Result<Answer, Failure> {
        self.write(command).await?;
        let line = self.line(ANSWER).await?;
        let (word, more) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "STORED" | "HD" => Ok(Answer::Done),
            "EXISTS" | "NOT_STORED" | "EX" => Ok(Answer::Another),
            "NOT_FOUND" | "NF" | "EN" => Ok(Answer::Nothing),
            "VA" => self.item(more).await,
            "ERROR" | "CLIENT_ERROR" | "SERVER_ERROR" => Err(Failure::Refused(line)),
            _ => Err(nonsense()),
        }
    }

    async fn item(&mut self, more: &str) -> Result<Answer, Failure> {
        let (length, flags) = more.split_once(' ').unwrap_or((more, ""));
        let length: u64 = length.parse().map_err(|_| nonsense())?;
        if length > LARGEST {
            return Err(Failure::TooLarge);
        }
        let mut value = Vec::new();
        let mut rest = (&mut self.0).take(length + 2);
        within(ITEM, rest.read_to_end(&mut value)).await?;
        if rest.limit() > 0 || !value.ends_with(b"\r\n") {
            return Err(nonsense());
        }
        value.truncate(value.len() - 2);
        let flags = flags.to_owned();
        Ok(Answer::Item { value, flags })
    }
}

fn nonsense() -> Failure {
    let why = "memcached answered what can't be understood";
    io::Error::new(io::ErrorKind::InvalidData, why).into()
}
