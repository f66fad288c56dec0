//! Text that stands inside other text.

/// `text` inside an XML element or attribute.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no way to write them.
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Markdown inside a cell of a table: it ends at a bar and at a line's end.
pub(crate) fn cell(markdown: &str) -> String {
    let one_line = markdown.lines().collect::<Vec<_>>().join(" ");
    one_line.replace('|', r"\|").trim().to_owned()
}

/// Plain text inside the brackets of an image.
pub(crate) fn alt(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\[]`*_<>&".contains(c) {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_keeps_no_character_that_means_something() {
        assert_eq!(
            xml("<a b=\"c\" d='e'> & &amp;\u{1b}\n会话"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt; &amp; &amp;amp;  会话"
        );
    }

    #[test]
    fn a_cell_is_one_line_without_bars() {
        assert_eq!(cell("`a|b`\nc | d\r\n"), r"`a\|b` c \| d");
        assert_eq!(cell("**bold**"), "**bold**");
    }

    #[test]
    fn the_text_of_an_image_is_plain() {
        assert_eq!(alt("p99 [ms] `a_b`\n<c>"), r"p99 \[ms\] \`a\_b\` \<c\>");
    }
}
