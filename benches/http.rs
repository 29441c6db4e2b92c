//! A lean HTTP/1.1 client: one connection, one request at a time, so that the load costs little beside the server.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    head: String,
}

/// A request, as far as a load needs one.
pub struct Request<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// JSON; empty: none.
    pub body: &'a str,
}

/// An answer.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(address: &str, token: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|e| format!("{address}: {e}"))?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        let head = format!(
            "Host: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n"
        );
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(1 << 16),
            head,
        })
    }

    /// Sends a request and reads the whole answer.
    pub async fn call(&mut self, request: &Request<'_>) -> Result<Response, String> {
        let Request { method, path, body } = request;
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let text = format!("{method} {path} HTTP/1.1\r\n{}{length}\r\n{body}", self.head);
        self.stream
            .write_all(text.as_bytes())
            .await
            .map_err(|e| e.to_string())?;
        let (status, length) = self.read_head().await?;
        while self.buffer.len() < length {
            self.fill().await?;
        }
        let rest = self.buffer.split_off(length);
        Ok(Response {
            status,
            body: std::mem::replace(&mut self.buffer, rest),
        })
    }

    /// As [`Connection::call`], and refuses any other status.
    pub async fn expect(&mut self, request: &Request<'_>, status: &[u16]) -> Result<Response, String> {
        let response = self.call(request).await?;
        if status.contains(&response.status) {
            return Ok(response);
        }
        let body = String::from_utf8_lossy(&response.body[..response.body.len().min(300)]).into_owned();
        Err(format!(
            "{} {} answered {}: {body}",
            request.method, request.path, response.status
        ))
    }

    async fn read_head(&mut self) -> Result<(u16, usize), String> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            self.fill().await?;
        };
        let rest = self.buffer.split_off(end);
        let head = String::from_utf8(std::mem::replace(&mut self.buffer, rest)).map_err(|e| e.to_string())?;
        let status = head
            .get(9..12)
            .and_then(|s| s.parse().ok())
            .ok_or("no status line")?;
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| {
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().ok())
                    .flatten()
            });
        match length {
            Some(length) => Ok((status, length)),
            None if matches!(status, 204 | 304) => Ok((status, 0)),
            None => Err(format!("{status} without content-length: {head}")),
        }
    }

    async fn fill(&mut self) -> Result<(), String> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the server closed the connection".into()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}
