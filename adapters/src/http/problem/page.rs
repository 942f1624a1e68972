//! The page that the `type` of a problem leads to.

use super::catalogue::ProblemKind;

/// The page of one kind of problem: HTML without scripts or styles.
pub(in super::super) fn page(kind: &ProblemKind) -> String {
    let title = escaped(kind.title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<p><code>{slug}</code>, status {status}</p>\n<p>{explanation}</p>\n\
         <p><a href=\"/docs/\">The API</a></p>\n</main>\n</body>\n</html>\n",
        slug = escaped(kind.slug),
        status = kind.status,
        explanation = escaped(kind.explanation),
    )
}

/// The text as HTML shows it literally, in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T76.
    #[test]
    fn a_script_in_a_text_is_shown_and_not_run() {
        assert_eq!(escaped("<script>'a'&\"b\""), "&lt;script&gt;&#39;a&#39;&amp;&quot;b&quot;");
    }

    #[test]
    fn a_page_names_its_problem_and_status() {
        let html = page(&super::super::refusals::CARD_SUSPENDED);
        assert!(html.contains("<code>card-suspended</code>, status 409"));
    }
}
