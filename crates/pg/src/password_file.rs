//! The password file of libpq (PostgreSQL manual, 34.16).

/// The password that the text of a password file has for a connection: that of the first line that fits.
///
/// A host name beginning with `/` is a socket folder; libpq's own goes by the name `localhost`, too.
pub(crate) fn password_in(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let port = port.to_string();
    let socket = host.starts_with('/');
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let [of_host, of_port, of_database, of_user, password] = <[String; 5]>::try_from(fields(line)).ok()?;
        let fits = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        let here = fits(&of_host, host) || socket && of_host == "localhost";
        (here && fits(&of_port, &port) && fits(&of_database, database) && fits(&of_user, user)).then_some(password)
    })
}

/// A line at its colons, where `\:` and `\\` stand for themselves.
fn fields(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let last = out.len() - 1;
        match c {
            // What follows the fourth colon is the password, colons and all.
            ':' if out.len() < 5 => out.push(String::new()),
            '\\' => out[last].extend(chars.next()),
            c => out[last].push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::password_in;

    #[test]
    fn the_first_line_that_fits() {
        let file = "# host:port:database:user:password\n\
                    db.example.com:5433:*:app:wrong port\n\
                    db.example.com:5432:shop:app:a\\:b\\\\c\n\
                    localhost:*:*:app:by socket\n\
                    *:*:*:reader:any:where\n\
                    too:few:fields\n";
        let find = |host, port, database, user| password_in(file, host, port, database, user);
        assert_eq!(find("db.example.com", 5432, "shop", "app").as_deref(), Some("a:b\\c"));
        assert_eq!(find("db.example.com", 5433, "x", "app").as_deref(), Some("wrong port"));
        assert_eq!(find("/run/postgresql", 5432, "shop", "app").as_deref(), Some("by socket"));
        assert_eq!(find("elsewhere", 1, "x", "reader").as_deref(), Some("any:where"));
        assert_eq!(find("elsewhere", 1, "x", "app"), None);
    }
}
