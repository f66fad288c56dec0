use huihua::expiry::Policy;
use leptos::{either::EitherOf3, prelude::*};
use leptos_i18n::td_string;

use super::{
    Problem, Said,
    dictionary::Dictionary,
    expiry_choice::{Choice, ExpiryChoice},
    storage::Picture,
};
use crate::{
    current_user::{CurrentUser, Timestamp, length, millis},
    document::{Document, Site},
    form::{FieldError, Form, FormErrors, FormInput, RejectedForm},
    islands::{Countdown, Greeting, Seed},
    locale::{Locale, locale},
    mould::{Holes, Mould},
    session_details::SessionDetails,
    still::Still,
};

/// What somebody typed into one of the forms of this page: it is shown again, with what is wrong
/// with it or with its answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which form.
    pub form: Form,
    /// What was typed, and what is wrong with it.
    pub refused: RejectedForm,
}

/// The greeting, and for somebody who is logged in, their session as it is.
#[component]
pub fn HomePage(
    /// The visitor's session.
    own: Option<SessionDetails>,
    /// What was typed last.
    asked: Option<Asked>,
) -> impl IntoView {
    let locale = locale();
    provide_context(seed(own.as_ref().and_then(|own| own.visitor.as_ref())));
    let visitor = own.as_ref().and_then(|own| own.visitor.clone());
    view! {
        <Document title=td_string!(locale, site.title.home) path="/">
            <Greeting />
            {OVER.in_language(locale, || view! { <Over /> })}
            {match (own, visitor) {
                (Some(own), Some(visitor)) => {
                    let typed_into = |form| {
                        let asked = asked.clone().filter(|asked| asked.form == form);
                        asked.map(|asked| asked.refused)
                    };
                    EitherOf3::A(
                        view! {
                            <div id="own">
                                <Ends visitor=visitor.clone() refused=typed_into(Form::Expiry) />
                                <Picture own=own.clone() />
                                <Dictionary items=own.items asked />
                            </div>
                        },
                    )
                }
                (Some(own), None) => {
                    EitherOf3::B(
                        view! {
                            <p>{td_string!(locale, site.emptied)}</p>
                            <Picture own />
                        },
                    )
                }
                (None, _) => EitherOf3::C(view! { <p>{td_string!(locale, site.invitation)}</p> }),
            }}
        </Document>
    }
}

static OVER: Still = Still::new();

/// Where it is said that the session has ended while the page was open, and what can be said of
/// that. The place is there from the beginning: what comes into it is read out.
#[component]
fn Over() -> impl IntoView {
    let locale = locale();
    let said = |id: &'static str, why: &'static str| {
        view! {
            <template id=id>
                <p class="over">
                    {why} <a href="/login/">{td_string!(locale, site.again)}</a>
                </p>
            </template>
        }
    };
    view! {
        <div id="over" role="status"></div>
        {said("expired", td_string!(locale, site.expired))}
        {said("elsewhere", td_string!(locale, site.elsewhere))}
    }
    .into_any()
}

/// What the islands need to know of `visitor`.
fn seed(visitor: Option<&CurrentUser>) -> Seed {
    let locale = locale();
    let Site { cookie_age, .. } = expect_context();
    let seed = Seed {
        hello: td_string!(locale, site.hello, name = "{}"),
        guest: td_string!(locale, site.guest).into(),
        ..Seed::default()
    };
    let Some(visitor) = visitor else {
        return seed;
    };
    Seed {
        uname: Some(visitor.uname.clone()),
        end: visitor.end_millis(),
        now: millis(visitor.now),
        span: visitor.span_millis(cookie_age),
        days: td_string!(locale, site.policy.left_days).into(),
        ..seed
    }
}

/// When the session ends, and the choice to change that.
#[component]
fn Ends(visitor: CurrentUser, refused: Option<RejectedForm>) -> impl IntoView {
    let now = Some(visitor.now);
    match refused {
        Some(RejectedForm { typed, problems }) => {
            let form_problem = problems.form;
            let choice = Choice::new(typed, problems, now);
            let left = view! { <Left gone=gone() countdown=view! { <Countdown /> }.into_any() /> };
            view! { <EndsAnd words=Words::of(&visitor) left=left.into_any() choice form_problem /> }
                .into_any()
        }
        None => {
            let Site { moulds, .. } = expect_context();
            let choice = Choice::new(chosen(&visitor), FormErrors::default(), now);
            let words = Words::of(&visitor);
            let shape = words.shape() * Choice::SHAPES + choice.shape();
            let ends = moulds.ends.pour(shape, locale(), |holes| {
                let choice = choice.in_holes(holes);
                let gone = holes.text(gone());
                let countdown = holes.part(view! { <Countdown /> });
                let words = words.in_holes(holes);
                move || {
                    let left = view! { <Left gone countdown=countdown.into_any() /> }.into_any();
                    view! { <EndsAnd words left choice form_problem=None /> }
                }
            });
            ends.into_any()
        }
    }
}

/// Of a session that ends in each of the ways, with each of the choices.
pub(super) type EndsMould = Mould<{ Words::SHAPES * Choice::SHAPES }>;

#[component]
fn EndsAnd(
    words: Words,
    left: AnyView,
    choice: Choice,
    form_problem: Option<FieldError>,
) -> impl IntoView {
    let locale = locale();
    let counts_down = words.policy != Policy::Never;
    view! {
        <section class="card" id="session" aria-labelledby="session-title">
            <h2 id="session-title">{td_string!(locale, site.policy.title)}</h2>
            <div class="ends">
                {counts_down.then_some(left)} <p id="policy">{words.message(locale)}</p>
            </div>
            {PRESETS.in_language(locale, || view! { <Presets /> })}
            <Change choice form_problem />
        </section>
    }
    .into_any()
}

/// How much of the ring is gone: see [`Left`].
fn gone() -> String {
    let seed: Seed = expect_context();
    let left = seed.end.unwrap_or_default() - seed.now;
    seed.gone(left).to_string()
}

/// How long the session still lasts: a ring that empties, and the time.
#[component]
fn Left(gone: String, countdown: AnyView) -> impl IntoView {
    view! {
        <div class="left">
            <svg viewBox="0 0 40 40" aria-hidden="true">
                <circle class="track" cx="20" cy="20" r="17" />
                <circle
                    id="ring"
                    cx="20"
                    cy="20"
                    r="17"
                    pathLength="100"
                    stroke-dasharray="100"
                    stroke-dashoffset=gone
                />
            </svg>
            {countdown}
        </div>
    }
    .into_any()
}

/// The choice of another end. Without JavaScript, which shows it while typing, a second button
/// says when it would come.
#[component]
fn Change(choice: Choice, form_problem: Option<FieldError>) -> impl IntoView {
    let locale = locale();
    view! {
        <form id="expiry-form" method="post" action="/expiry/" novalidate>
            <Problem id="form-error" wrong=form_problem />
            <ExpiryChoice choice />
            <button type="submit">{td_string!(locale, site.choice.change)}</button>
            " "
            <noscript>
                <button class="quiet" formmethod="get" formaction="/#session">
                    {td_string!(locale, site.choice.preview)}
                </button>
            </noscript>
        </form>
    }
    .into_any()
}

static PRESETS: Still = Still::new();

/// One press each for what is chosen most often. Not in the form below, where the first button is
/// what the Enter key presses.
#[component]
fn Presets() -> impl IntoView {
    let locale = locale();
    let idle = [600, 3_600, 86_400].map(|seconds| {
        let length = length(locale, seconds);
        let name = td_string!(locale, site.choice.preset_idle, length);
        (format!("idle-{seconds}"), name)
    });
    let days = [7, 30].map(|days| {
        let length = length(locale, days * 86_400);
        let name = td_string!(locale, site.choice.preset_days, length);
        (format!("days-{days}"), name)
    });
    let presets = idle.into_iter().chain(days).map(|(preset, name)| {
        view! {
            <button class="quiet" name="preset" value=preset>
                {name}
            </button>
        }
    });
    view! {
        <form
            class="presets"
            method="post"
            action="/expiry/"
            aria-label=td_string!(locale, site.choice.presets)
        >
            {presets.collect_view()}
        </form>
    }
    .into_any()
}

/// What holds now, and until when.
struct Words {
    policy: Policy,
    /// How long the policy says, if it says so.
    length: String,
    end: Timestamp,
}

impl Words {
    /// One for each kind of policy.
    const SHAPES: usize = 5;

    fn of(visitor: &CurrentUser) -> Self {
        let length = match visitor.policy {
            Policy::Idle(idle) => length(locale(), idle.whole_seconds()),
            _ => String::new(),
        };
        Self {
            policy: visitor.policy,
            length,
            end: visitor.end.into(),
        }
    }

    fn shape(&self) -> usize {
        match self.policy {
            Policy::Default => 0,
            Policy::Idle(_) => 1,
            Policy::Until(_) => 2,
            Policy::Close => 3,
            Policy::Never => 4,
        }
    }

    fn in_holes(self, holes: &mut Holes) -> Self {
        Self {
            policy: self.policy,
            length: holes.text(self.length),
            end: holes.moment(self.end),
        }
    }

    fn message(self, locale: Locale) -> AnyView {
        let text = match self.policy {
            Policy::Never => return td_string!(locale, site.policy.never).into_any(),
            Policy::Close => td_string!(locale, site.policy.close, end = "{}"),
            Policy::Default => {
                let Site { cookie_age, .. } = expect_context();
                let age = length(locale, cookie_age);
                td_string!(locale, site.policy.default, age, end = "{}")
            }
            Policy::Idle(_) => {
                let idle = self.length;
                td_string!(locale, site.policy.idle, idle, end = "{}")
            }
            Policy::Until(_) => td_string!(locale, site.policy.until, end = "{}"),
        };
        view! { <Said text at=self.end /> }.into_any()
    }
}

/// The form with what holds now filled in.
fn chosen(visitor: &CurrentUser) -> FormInput {
    let (expiry, seconds, days) = match visitor.policy {
        Policy::Default => ("default", None, None),
        Policy::Idle(idle) => ("idle", Some(idle.whole_seconds()), None),
        Policy::Until(_) => ("days", None, Some(visitor.age.whole_days() + 1)),
        Policy::Close => ("close", None, None),
        Policy::Never => ("never", None, None),
    };
    let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    FormInput {
        expiry: expiry.into(),
        seconds: text(seconds),
        days: text(days),
        ..FormInput::default()
    }
}
