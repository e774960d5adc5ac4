//! Connection strings that cannot print their password.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::password_file::password_in;

/// How much TLS a connection demands, with libpq's words and meaning
/// (PostgreSQL manual, 34.19.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// A connection string: a `postgres://` URL or `key=value` pairs. `Display` and
/// `Debug` mask the password.
#[derive(Clone)]
pub struct ConnectUrl {
    config: tokio_postgres::Config,
    pub(crate) tls: TlsMode,
    pub(crate) root_cert: Option<String>,
    ignored: Vec<String>,
    raw: String,
}

/// What is wrong with a connection string. The string itself is not shown: it may hold a password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the connection string is not valid: {reason}")]
pub struct UrlError {
    reason: String,
}

impl UrlError {
    /// What a valid one looks like.
    pub fn hint(&self) -> String {
        "write postgres://user:password@host:5432/database?sslmode=require, with special characters of the password percent-encoded".into()
    }
}

/// What a connection string need not say, as libpq has it (PostgreSQL manual, 34.15 and 34.16).
#[derive(Clone, Default)]
pub struct Defaults {
    /// `PGUSER`, or the user of the operating system.
    pub user: Option<String>,
    /// `PGPASSWORD`.
    pub password: Option<String>,
    /// The text of the password file.
    pub password_file: Option<String>,
}

impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defaults").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Parameters that other tools and libpq put in URLs and that have no meaning for one direct session.
const IGNORED: &[&str] = &[
    "schema",
    "pgbouncer",
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
    "sslpassword",
    "gssencmode",
    "krbsrvname",
    "fallback_application_name",
    "client_encoding",
    "sslcompression",
    "passfile",
    "service",
    "requirepeer",
    "sslsni",
    "prepared_statements",
];

impl ConnectUrl {
    /// Parses a URL or a `key=value` string.
    ///
    /// # Errors
    /// When it is neither, or a value is out of range.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::parse_with(text, &Defaults::default())
    }

    /// Parses a URL or a `key=value` string; what it does not say is taken from `defaults`.
    ///
    /// # Errors
    /// When it is neither, or a value is out of range.
    pub fn parse_with(text: &str, defaults: &Defaults) -> Result<Self, UrlError> {
        let text = text.trim();
        let fail = |reason: String| UrlError { reason };
        let mut tls = TlsMode::Prefer;
        let mut root_cert = None;
        let mut ignored = Vec::new();
        let mut take = |key: &str, value: &str| -> Result<bool, UrlError> {
            match key {
                "sslmode" => {
                    tls = match value {
                        "disable" => TlsMode::Disable,
                        "allow" | "prefer" => TlsMode::Prefer,
                        "require" => TlsMode::Require,
                        "verify-ca" => TlsMode::VerifyCa,
                        "verify-full" => TlsMode::VerifyFull,
                        other => {
                            return Err(UrlError {
                                reason: format!(
                                    "unknown sslmode {other:?} (disable, prefer, require, verify-ca, verify-full)"
                                ),
                            });
                        }
                    };
                    Ok(true)
                }
                "sslrootcert" => {
                    if value != "system" {
                        root_cert = Some(value.to_owned());
                    }
                    Ok(true)
                }
                "sslcert" | "sslkey" => {
                    Err(UrlError { reason: format!("client certificates ({key}) are not supported") })
                }
                k if IGNORED.contains(&k) => {
                    ignored.push(k.to_owned());
                    Ok(true)
                }
                _ => Ok(false),
            }
        };
        let mut base = String::new();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let (head, query) = text.split_once('?').unwrap_or((text, ""));
            base.push_str(head);
            let mut first = true;
            for pair in query.split('&').filter(|p| !p.is_empty()) {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                if !take(key, &percent_decode(value))? {
                    base.push(if first { '?' } else { '&' });
                    first = false;
                    base.push_str(pair);
                }
            }
        } else if text.contains('=') {
            for (key, value) in key_values(text).map_err(fail)? {
                if !take(&key, &value)? {
                    base.push_str(&format!("{key}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'")));
                }
            }
        } else {
            return Err(fail("it is neither a postgres:// URL nor key=value pairs".into()));
        }
        let mut config = tokio_postgres::Config::from_str(&base).map_err(|e| fail(crate::error::root_cause(&e)))?;
        config.ssl_mode(match tls {
            TlsMode::Disable => tokio_postgres::config::SslMode::Disable,
            TlsMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            _ => tokio_postgres::config::SslMode::Require,
        });
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        if config.get_user().is_none()
            && let Some(user) = &defaults.user
        {
            config.user(user);
        }
        if config.get_user().is_none() {
            return Err(fail("it names no user".into()));
        }
        if config.get_dbname().is_none() {
            let user = config.get_user().unwrap_or_default().to_owned();
            config.dbname(user);
        }
        Ok(Self { config, tls, root_cert, ignored, raw: text.to_owned() }.with_password_of(defaults))
    }

    /// The same connection with a password from `defaults`, where it has none.
    #[must_use]
    pub fn with_password_of(mut self, defaults: &Defaults) -> Self {
        if self.config.get_password().is_some() {
            return self;
        }
        let found = defaults.password.clone().or_else(|| {
            let file = defaults.password_file.as_deref()?;
            let (user, database) = (self.user(), self.database());
            self.hosts().iter().find_map(|(host, port)| password_in(file, host, *port, database, user))
        });
        if let Some(password) = found {
            self.config.password(password);
        }
        self
    }

    /// The string as it was given, password and all: for handing to a child process, never for showing.
    pub fn expose(&self) -> &str {
        &self.raw
    }

    /// The same connection to another database of the server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other.raw = if other.raw.contains("://") {
            let (head, query) = match self.raw.split_once('?') {
                Some((h, q)) => (h.to_owned(), Some(q.to_owned())),
                None => (self.raw.clone(), None),
            };
            let after = head.find("://").map_or(0, |i| i + 3);
            let stem = match head[after..].find('/') {
                Some(slash) => head[..after + slash].to_owned(),
                None => head,
            };
            let mut url = format!("{stem}/{}", percent_encode(name));
            if let Some(q) = query {
                url.push('?');
                url.push_str(&q);
            }
            url
        } else {
            format!("{} dbname='{}'", self.raw, name.replace('\\', "\\\\").replace('\'', "\\'"))
        };
        other
    }

    /// The user of the connection.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// The database of the connection.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// Host names or socket folders, and ports.
    pub fn hosts(&self) -> Vec<(String, u16)> {
        let ports = self.config.get_ports();
        self.config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(i, host)| {
                let port = match ports {
                    [] => 5432,
                    [one] => *one,
                    many => many.get(i).copied().unwrap_or(5432),
                };
                let host = match host {
                    tokio_postgres::config::Host::Tcp(name) => name.clone(),
                    #[cfg(unix)]
                    tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
                };
                (host, port)
            })
            .collect()
    }

    /// Parameters of the string that are understood but have no effect here (`pgbouncer`, `schema` ...).
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Whether to speak TLS: never over a Unix socket, as libpq does.
    pub(crate) fn wants_tls(&self) -> bool {
        let socket = self.config.get_hosts().iter().any(|h| !matches!(h, tokio_postgres::config::Host::Tcp(_)));
        self.tls != TlsMode::Disable && !socket
    }

    pub(crate) fn config(&self, application_name: &str, connect_timeout: Duration) -> tokio_postgres::Config {
        let mut config = self.config.clone();
        config
            .application_name(application_name)
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        // A black-holed connection is noticed after this long, not after the
        // kernel's 15 minutes of retransmissions (reference: tcp(7), TCP_USER_TIMEOUT).
        config.tcp_user_timeout(Duration::from_secs(25));
        if config.get_hosts().iter().any(|h| !matches!(h, tokio_postgres::config::Host::Tcp(_))) {
            config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(connect_timeout);
        }
        config
    }
}

impl FromStr for ConnectUrl {
    type Err = UrlError;
    fn from_str(s: &str) -> Result<Self, UrlError> {
        Self::parse(s)
    }
}

impl fmt::Display for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts().into_iter().map(|(h, p)| format!("{h}:{p}")).collect();
        write!(f, "postgres://{}@{}/{}", self.user(), hosts.join(","), self.database())
    }
}

impl fmt::Debug for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectUrl({self})")
    }
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'%'
            && let Some(hex) = text.get(i + 1..i + 3)
            && let Ok(b) = u8::from_str_radix(hex, 16)
        {
            out.push(b);
            i += 3;
            continue;
        }
        out.push(bytes[i]);
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// libpq's `key=value` form: single quotes and backslash escapes (PostgreSQL manual, 34.1.1.1).
fn key_values(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut key = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
            key.push(c);
        }
        if key.is_empty() {
            return Ok(out);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.next() != Some('=') {
            return Err(format!("no \"=\" after {key:?}"));
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        if chars.next_if_eq(&'\'').is_some() {
            loop {
                match chars.next() {
                    Some('\'') => break,
                    Some('\\') => value.extend(chars.next()),
                    Some(c) => value.push(c),
                    None => return Err(format!("the quoted value of {key:?} does not end")),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                if c == '\\' {
                    value.extend(chars.next());
                } else {
                    value.push(c);
                }
            }
        }
        out.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_face_of_a_url_shows_the_password() {
        for text in [
            "postgres://app:s3cret@db.example.com:6543/shop?sslmode=verify-full&schema=public",
            "host=db.example.com port=6543 user=app password='s3cret' dbname=shop sslmode=verify-full",
        ] {
            let url = ConnectUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), "postgres://app@db.example.com:6543/shop");
            assert!(!format!("{url:?}").contains("s3cret"));
            assert_eq!(url.tls, TlsMode::VerifyFull);
        }
        let err = ConnectUrl::parse("postgres://app:s3cret@host:notaport/x").unwrap_err();
        assert!(!err.to_string().contains("s3cret"), "{err}");
    }

    #[test]
    fn what_a_url_does_not_say() {
        let defaults = Defaults {
            user: Some("app".into()),
            password: None,
            password_file: Some("db:5432:shop:app:s3cret\n".into()),
        };
        let password = |text: &str| {
            let url = ConnectUrl::parse_with(text, &defaults).unwrap();
            url.config.get_password().map(|p| String::from_utf8_lossy(p).into_owned())
        };
        assert_eq!(password("postgres://db/shop").as_deref(), Some("s3cret"));
        assert_eq!(password("host=db dbname=shop password=own").as_deref(), Some("own"));
        assert_eq!(password("postgres://other@db/shop"), None);
        assert!(ConnectUrl::parse("postgres://db/shop").is_err(), "no user");
        let defaults = Defaults { password: Some("first".into()), ..defaults };
        let url = ConnectUrl::parse_with("postgres://db/shop", &defaults).unwrap();
        assert_eq!(url.config.get_password(), Some("first".as_bytes()));
        assert!(!format!("{url:?} {defaults:?}").contains("first"));
    }

    #[test]
    fn another_database_of_the_same_server() {
        let url = ConnectUrl::parse("postgres://u@h/one?sslmode=disable").unwrap().with_database("t w");
        assert_eq!(url.database(), "t w");
        assert_eq!(url.expose(), "postgres://u@h/t%20w?sslmode=disable");
    }
}
