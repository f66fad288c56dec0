//! Parts of pages that are the same for everybody but for a few words.

use std::sync::OnceLock;

use html_escape::{encode_double_quoted_attribute_to_string, encode_text_to_string};
use leptos::{
    prelude::*,
    tachys::{html::InertElement, view::Position},
};

use crate::{current_user::Timestamp, locale::Locale};

/// Where the first hole is, while a mould is made: a character that is in no text, of which Unicode
/// keeps 6400 for such uses.
const FIRST: char = '\u{E000}';
const LAST: char = '\u{F8FF}';

/// A part of a page, made once in each of its shapes and each language, with holes where it differs
/// from visitor to visitor. From then on only the holes are filled.
///
/// It belongs to one site: what a part says of the site itself is made with it.
#[derive(Debug)]
pub(crate) struct Mould<const SHAPES: usize>([[OnceLock<Cast>; 2]; SHAPES]);

impl<const SHAPES: usize> Mould<SHAPES> {
    /// The part in this shape. `part` says what goes into the holes, and returns what makes the
    /// part around them, which may depend on shape, language and site, and on nothing else.
    ///
    /// Shapes are counted from 0.
    pub(crate) fn pour<V: IntoView, P: FnOnce() -> V>(
        &self,
        shape: usize,
        locale: Locale,
        part: impl FnOnce(&mut Holes) -> P,
    ) -> InertElement {
        let cast = match locale {
            Locale::zh_CN => &self.0[shape][0],
            Locale::en => &self.0[shape][1],
        };
        let mut holes = Holes {
            fillings: Vec::with_capacity(16),
            is_cast: cast.get().is_some(),
        };
        let part = part(&mut holes);
        let cast = cast.get_or_init(|| Cast::of(&part().into_view().to_html()));
        InertElement::new(cast.filled(holes.fillings))
    }
}

impl<const SHAPES: usize> Default for Mould<SHAPES> {
    fn default() -> Self {
        Self([const { [const { OnceLock::new() }; 2] }; SHAPES])
    }
}

/// The number of the shape in which of so many things just these are there: of `n` things there are
/// 2 to the `n` shapes.
pub(crate) fn shape_of<const N: usize>(there: [bool; N]) -> usize {
    there
        .into_iter()
        .fold(0, |shape, is_there| shape * 2 + usize::from(is_there))
}

/// What goes into the holes of a part.
pub(crate) struct Holes {
    fillings: Vec<Filling>,
    /// Then nobody looks at where the holes are.
    is_cast: bool,
}

enum Filling {
    Text(String),
    Part(Option<AnyView>),
}

impl Holes {
    /// A hole for text, in an attribute or between tags; what is returned stands in its place.
    pub(crate) fn text(&mut self, text: impl Into<String>) -> String {
        self.hole(Filling::Text(text.into()))
    }

    /// A hole between tags for a part of its own.
    pub(crate) fn part(&mut self, part: impl IntoView) -> String {
        self.hole(Filling::Part(Some(part.into_any())))
    }

    /// A hole for a moment.
    pub(crate) fn moment(&mut self, at: impl Into<Timestamp>) -> Timestamp {
        let Timestamp { machine, human } = at.into();
        Timestamp {
            machine: self.text(machine),
            human: self.text(human),
        }
    }

    fn hole(&mut self, filling: Filling) -> String {
        let number = self.fillings.len();
        self.fillings.push(filling);
        match self.is_cast {
            true => String::new(),
            false => mark(number).into(),
        }
    }
}

fn mark(number: usize) -> char {
    let mark = u32::try_from(number).ok().and_then(|number| {
        let mark = char::from_u32(u32::from(FIRST).checked_add(number)?)?;
        (mark <= LAST).then_some(mark)
    });
    mark.unwrap_or(LAST)
}

/// A part as it was made: text, then a hole, and so on.
#[derive(Debug)]
struct Cast {
    before: Vec<(Box<str>, Hole)>,
    end: Box<str>,
}

#[derive(Debug)]
struct Hole {
    number: usize,
    between_tags: bool,
}

impl Cast {
    fn of(html: &str) -> Self {
        let mut before = Vec::new();
        let mut begin = 0;
        for (at, mark) in html.match_indices(|c| (FIRST..=LAST).contains(&c)) {
            let number = mark.chars().map(|mark| u32::from(mark) - u32::from(FIRST));
            let hole = Hole {
                number: number.sum::<u32>() as usize,
                between_tags: is_between_tags(&html[..at]),
            };
            before.push((html[begin..at].into(), hole));
            begin = at + mark.len();
        }
        let end = html[begin..].into();
        Self { before, end }
    }

    fn filled(&self, mut fillings: Vec<Filling>) -> String {
        let texts = self.before.iter().map(|(text, _)| text.len());
        let filled = fillings.iter().map(|filling| match filling {
            Filling::Text(text) => text.len(),
            Filling::Part(part) => part.html_len(),
        });
        let room = texts.chain(filled).sum::<usize>() + self.end.len();
        let mut html = String::with_capacity(room);
        for (text, hole) in &self.before {
            html.push_str(text);
            match fillings.get_mut(hole.number) {
                Some(Filling::Text(text)) if hole.between_tags => {
                    encode_text_to_string(text, &mut html);
                }
                Some(Filling::Text(text)) => {
                    encode_double_quoted_attribute_to_string(text, &mut html);
                }
                Some(Filling::Part(part)) => {
                    let first = &mut Position::FirstChild;
                    part.take()
                        .to_html_with_buf(&mut html, first, true, false, Vec::new());
                }
                None => {}
            }
        }
        html.push_str(&self.end);
        html
    }
}

/// Whether what comes after `html` surely isn't in an attribute, where a quotation mark would end
/// it.
fn is_between_tags(html: &str) -> bool {
    let last_tag = html.rfind(['<', '>']);
    last_tag.is_some_and(|at| html[at..].starts_with('>') && !html[at..].contains('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poured(mould: &Mould<1>, name: &str, part: &'static str) -> String {
        let inert = mould.pour(0, Locale::en, |holes| {
            let name = holes.text(name);
            let part = holes.part(view! { <b>{part}</b> });
            let again = name.clone();
            move || view! { <p title=name>"so " {again} " goes " {part}</p> }
        });
        inert.to_html()
    }

    #[test]
    fn holes_are_filled_again_and_again() {
        let mould = Mould::default();
        let plain = |html: String| html.replace("<!>", "");
        assert_eq!(
            plain(poured(&mould, "one", "x")),
            r#"<p title="one">so one goes <b>x</b></p>"#
        );
        assert_eq!(
            plain(poured(&mould, "two", "")),
            r#"<p title="two">so two goes <b> </b></p>"#
        );
    }

    #[test]
    fn nothing_that_is_filled_in_is_html_or_a_hole() {
        let mould = Mould::default();
        for _ in 0..2 {
            let html = poured(&mould, "\"><script>&\u{E001}", "<i>");
            assert!(
                html.contains("title=\"&quot;&gt;&lt;script&gt;&amp;\u{E001}\""),
                "{html}"
            );
            assert!(html.contains("<b>&lt;i&gt;</b>"), "{html}");
            let text = html.replace("<!>", "");
            assert!(
                text.contains("so \"&gt;&lt;script&gt;&amp;\u{E001} goes"),
                "{html}"
            );
            assert!(!html.contains("<script>"), "{html}");
        }
    }
}
