//! The report of a check for continuous integration.

use super::{CheckReport, Cycle, Proof, differences};

/// The report as JUnit XML (the format of Jenkins and others).
pub fn junit(report: &CheckReport, project: &str, allow_no_down: bool) -> String {
    let mut cases: Vec<(String, f64, Option<String>, bool)> = report
        .migrations
        .iter()
        .map(|m| {
            let skipped = matches!(m.proof, Proof::Missing if allow_no_down)
                || matches!(m.proof, Proof::NotSupported | Proof::Repeatable);
            let failure = match &m.proof {
                Proof::Proven { .. } | Proof::NotSupported | Proof::Repeatable => None,
                Proof::Missing if allow_no_down => None,
                Proof::Missing => Some("there is no rollback".to_owned()),
                Proof::Fails(e) => Some(format!("the rollback fails: {e}")),
                Proof::UpAgainFails(e) => Some(format!("after the rollback it does not apply again: {e}")),
                Proof::Differs(d) => Some(format!("the rollback leaves another schema:\n{}", differences(d))),
                Proof::LosesRows(rows) => {
                    Some(format!("the rollback does not give back its rows: {}", rows.join("; ")))
                }
                Proof::UpAgainDiffers(d) => Some(format!("applied again it gives another schema:\n{}", differences(d))),
            };
            (format!("{} {}", m.id, m.name), m.elapsed.as_secs_f64(), failure, skipped)
        })
        .collect();
    if let Some(e) = &report.failure {
        cases.push(("apply".into(), 0.0, Some(e.to_string()), false));
    }
    let (failure, skipped) = match &report.cycle {
        Cycle::Proven => (None, false),
        Cycle::Skipped(_) => (None, true),
        Cycle::Fails(e) => (Some(e.to_string()), false),
        Cycle::BaseDiffers(d) => {
            (Some(format!("the base differs from the empty database:\n{}", differences(d))), false)
        }
        Cycle::TopDiffers(d) => (Some(format!("the second way up gives another schema:\n{}", differences(d))), false),
    };
    cases.push(("down to base and up again".into(), 0.0, failure, skipped));
    for proof in &report.checkpoints {
        let failure = (!proof.holds()).then(|| format!("it is not what its migrations make:\n{}", proof.told()));
        cases.push((format!("checkpoint {}", proof.file), 0.0, failure, false));
    }
    let failures = cases.iter().filter(|c| c.2.is_some()).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{}\" time=\"{:.3}\">\n",
        xml(project),
        cases.len(),
        cases.iter().filter(|c| c.3).count(),
        report.elapsed.as_secs_f64()
    );
    for (name, seconds, failure, skipped) in cases {
        out.push_str(&format!(
            "    <testcase classname=\"surefoot.check\" name=\"{}\" time=\"{seconds:.3}\"",
            xml(&name)
        ));
        match failure {
            Some(text) => out.push_str(&format!(
                ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                xml(text.lines().next().unwrap_or_default()),
                xml(&text)
            )),
            None if skipped => out.push_str("><skipped/></testcase>\n"),
            None => out.push_str("/>\n"),
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 knows no other control characters.
            c if c.is_control() && !"\n\t\r".contains(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
