//! What came of the tests: for people, as TAP 14, as JUnit XML.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::Case;

/// For people: what failed, and a count.
#[must_use]
pub fn text(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases.iter().filter(|case| !case.failures.is_empty()) {
        text.extend(["FAILED ", &case.place, ": ", &case.suite, "\n  ", &case.name, "\n"]);
        text.push_str(&indented(&details(case), "    "));
    }
    let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
    text.push_str(&format!("{} of {} expectations hold\n", cases.len() - failed, cases.len()));
    text
}

/// As TAP 14.
#[must_use]
pub fn tap(cases: &[Case]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", cases.len());
    for (case, number) in cases.iter().zip(1..) {
        let ok = if case.failures.is_empty() { "ok" } else { "not ok" };
        let what = format!("{}: {}", case.suite, case.name).replace('\\', "\\\\").replace('#', "\\#");
        text.push_str(&format!("{ok} {number} - {}\n", what.replace('\n', " ")));
        if !case.failures.is_empty() {
            let at = serde_json::Value::from(case.place.as_str());
            text.push_str(&format!("  ---\n  at: {at}\n  message: |\n{}  ...\n", indented(&details(case), "    ")));
        }
    }
    text
}

/// As JUnit XML: a suite for each test, which is its cases' class too, and a case for each expectation.
///
/// # Errors
///
/// As the writer of XML has it.
pub fn junit(cases: &[Case]) -> Result<String, SerializeError> {
    let mut report = Report::new("netpol");
    for group in cases.chunk_by(|a, b| a.suite == b.suite) {
        // The writer leaves out what XML cannot hold, and tabs with it.
        let title = group.first().map_or("", |case| case.suite.as_str()).replace('\t', " ");
        let mut suite = TestSuite::new(title.as_str());
        for case in group {
            let mut status = TestCaseStatus::success();
            if !case.failures.is_empty() {
                status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(case.place.as_str()).set_description(details(case));
            }
            let mut test = TestCase::new(case.name.as_str(), status);
            test.set_classname(title.as_str());
            suite.add_test_case(test);
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn details(case: &Case) -> String {
    let lines = case.failures.iter().map(|failure| {
        let because: String = failure.because.iter().map(|line| format!("  {line}\n")).collect();
        format!("{}\n{because}", failure.flow)
    });
    lines.collect()
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}
