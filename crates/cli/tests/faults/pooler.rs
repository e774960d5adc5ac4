//! A proxy that hands out server sessions by transaction.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use surefoot_testkit::{Project, require};

use crate::lab::{Lab, Other, wait_for};

struct PgBouncer {
    child: Child,
    port: u16,
    _dir: Project,
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pgbouncer(lab: &Lab, mode: &str) -> Option<PgBouncer> {
    let binary = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())?;
    let port = TcpListener::bind(("127.0.0.1", 0)).ok()?.local_addr().ok()?.port();
    let dir = Project::new();
    let server = lab.db.cluster().address();
    let server_port = server.rsplit(':').next().unwrap_or_default();
    dir.write(
        "pgbouncer.ini",
        format!(
            "[databases]\n* = host=127.0.0.1 port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 5\n\
             ignore_startup_parameters = extra_float_digits,options\nserver_reset_query =\n"
        )
        .replace("* = host=127.0.0.1", "* = user=postgres host=127.0.0.1"),
    );
    let mut command = Command::new(binary);
    // It does not run as root.
    if std::fs::metadata("/root").is_ok() && std::env::var("USER").map_or(true, |u| u == "root") {
        let _ = Command::new("chmod").args(["-R", "a+rX"]).arg(dir.path()).status();
        let _ = command.args(["-u", "nobody"]);
    }
    let child = command
        .arg(dir.join("pgbouncer.ini"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let bouncer = PgBouncer { child, port, _dir: dir };
    wait_for("pgbouncer", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    Some(bouncer)
}

fn url(lab: &Lab, bouncer: &PgBouncer) -> String {
    lab.db.url().replacen(&lab.db.cluster().address(), &format!("127.0.0.1:{}", bouncer.port), 1)
}

#[test]
fn a_transaction_pooler_is_refused() {
    let files = [("001_t.sql", "CREATE TABLE t (a int);\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let bouncer = require!(pgbouncer(&lab, "transaction"), "pgbouncer");
    let url = url(&lab, &bouncer);
    let before = lab.end();
    // Idle: two statements may well land in the same server session. Busy: they do not.
    for busy in [false, true] {
        let others: Vec<Other> =
            if busy { (0..3).map(|_| Other::open(&url, "busy", "SELECT 1")).collect() } else { Vec::new() };
        for _ in 0..3 {
            let output = lab.cmd_at(&url, &["up", "--json"]).run();
            assert_eq!(output.code, Some(1), "busy {busy}: {output}");
            let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
            assert_eq!(json["error"]["code"], "pooler", "{output}");
            let output = lab.cmd_at(&url, &["up"]).run().code(1);
            assert!(output.stderr.contains("direct-url"), "{output}");
        }
        others.into_iter().for_each(Other::end);
    }
    assert_eq!(lab.end().rows, before.rows);
    drop(bouncer);
    lab.is_clean("through a pooler");
    let _ = lab.run(&["up"]).success();
    lab.applied_once(&["001"], "directly");
}

#[test]
fn a_session_pooler_is_fine() {
    let files = [("001_t.sql", "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY ON t (a);\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let bouncer = require!(pgbouncer(&lab, "session"), "pgbouncer");
    let _ = lab.cmd_at(&url(&lab, &bouncer), &["up"]).run().success();
    drop(bouncer);
    lab.applied_once(&["001"], "session pooler");
    lab.is_clean("session pooler");
}
