use huihua::expiry::ExpiryPolicy;
use leptos::{either::EitherOf3, prelude::*};
use leptos_i18n::td_string;

use super::{
    Problem, Said,
    dictionary::Dictionary,
    expiry_choice::{Choice, ExpiryChoice},
    way::Picture,
};
use crate::{
    document::{Document, Site},
    form::{Form, Problems, Refused, Typed, Wrong},
    islands::{Countdown, Greeting, Seed},
    language::{Locale, language},
    mould::{Holes, Mould},
    own::Own,
    still::Still,
    visitor::{Moment, Visitor, length, millis},
};

/// What somebody typed into one of the forms of this page: it is shown again, with what is wrong
/// with it or with its answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which form.
    pub form: Form,
    /// What was typed, and what is wrong with it.
    pub refused: Refused,
}

/// The greeting, and for somebody who is logged in, their session as it is.
#[component]
pub fn HomePage(
    /// The visitor's session.
    own: Option<Own>,
    /// What was typed last.
    asked: Option<Asked>,
) -> impl IntoView {
    let language = language();
    provide_context(seed(own.as_ref().and_then(|own| own.visitor.as_ref())));
    let visitor = own.as_ref().and_then(|own| own.visitor.clone());
    view! {
        <Document title=td_string!(language, site.title.home) path="/">
            <Greeting />
            {OVER.in_language(language, || view! { <Over /> })}
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
                            <p>{td_string!(language, site.emptied)}</p>
                            <Picture own />
                        },
                    )
                }
                (None, _) => EitherOf3::C(view! { <p>{td_string!(language, site.invitation)}</p> }),
            }}
        </Document>
    }
}

static OVER: Still = Still::new();

/// Where it is said that the session has ended while the page was open, and what can be said of
/// that. The place is there from the beginning: what comes into it is read out.
#[component]
fn Over() -> impl IntoView {
    let language = language();
    let said = |id: &'static str, why: &'static str| {
        view! {
            <template id=id>
                <p class="over">
                    {why} <a href="/login/">{td_string!(language, site.again)}</a>
                </p>
            </template>
        }
    };
    view! {
        <div id="over" role="status"></div>
        {said("expired", td_string!(language, site.expired))}
        {said("elsewhere", td_string!(language, site.elsewhere))}
    }
    .into_any()
}

/// What the islands need to know of `visitor`.
fn seed(visitor: Option<&Visitor>) -> Seed {
    let language = language();
    let Site { cookie_age, .. } = expect_context();
    let seed = Seed {
        hello: td_string!(language, site.hello, name = "{}"),
        guest: td_string!(language, site.guest).into(),
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
        days: td_string!(language, site.policy.left_days).into(),
        ..seed
    }
}

/// When the session ends, and the choice to change that.
#[component]
fn Ends(visitor: Visitor, refused: Option<Refused>) -> impl IntoView {
    let now = Some(visitor.now);
    match refused {
        Some(Refused { typed, problems }) => {
            let form_problem = problems.form;
            let choice = Choice::new(typed, problems, now);
            let left = view! { <Left gone=gone() countdown=view! { <Countdown /> }.into_any() /> };
            view! { <EndsAnd words=Words::of(&visitor) left=left.into_any() choice form_problem /> }
                .into_any()
        }
        None => {
            let Site { moulds, .. } = expect_context();
            let choice = Choice::new(chosen(&visitor), Problems::default(), now);
            let words = Words::of(&visitor);
            let shape = words.shape() * Choice::SHAPES + choice.shape();
            let ends = moulds.ends.pour(shape, language(), |holes| {
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
    form_problem: Option<Wrong>,
) -> impl IntoView {
    let language = language();
    let counts_down = words.policy != ExpiryPolicy::Never;
    view! {
        <section class="card" id="session" aria-labelledby="session-title">
            <h2 id="session-title">{td_string!(language, site.policy.title)}</h2>
            <div class="ends">
                {counts_down.then_some(left)} <p id="policy">{words.said(language)}</p>
            </div>
            {PRESETS.in_language(language, || view! { <Presets /> })}
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
fn Change(choice: Choice, form_problem: Option<Wrong>) -> impl IntoView {
    let language = language();
    view! {
        <form id="expiry-form" method="post" action="/expiry/" novalidate>
            <Problem id="form-error" wrong=form_problem />
            <ExpiryChoice choice />
            <button type="submit">{td_string!(language, site.choice.change)}</button>
            " "
            <noscript>
                <button class="quiet" formmethod="get" formaction="/#session">
                    {td_string!(language, site.choice.preview)}
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
    let language = language();
    let idle = [600, 3_600, 86_400].map(|seconds| {
        let length = length(language, seconds);
        let name = td_string!(language, site.choice.preset_idle, length);
        (format!("idle-{seconds}"), name)
    });
    let days = [7, 30].map(|days| {
        let length = length(language, days * 86_400);
        let name = td_string!(language, site.choice.preset_days, length);
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
            aria-label=td_string!(language, site.choice.presets)
        >
            {presets.collect_view()}
        </form>
    }
    .into_any()
}

/// What holds now, and until when.
struct Words {
    policy: ExpiryPolicy,
    /// How long the policy says, if it says so.
    length: String,
    end: Moment,
}

impl Words {
    /// One for each kind of policy.
    const SHAPES: usize = 5;

    fn of(visitor: &Visitor) -> Self {
        let length = match visitor.policy {
            ExpiryPolicy::Idle(idle) => length(language(), idle.whole_seconds()),
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
            ExpiryPolicy::Default => 0,
            ExpiryPolicy::Idle(_) => 1,
            ExpiryPolicy::Until(_) => 2,
            ExpiryPolicy::Close => 3,
            ExpiryPolicy::Never => 4,
        }
    }

    fn in_holes(self, holes: &mut Holes) -> Self {
        Self {
            policy: self.policy,
            length: holes.text(self.length),
            end: holes.moment(self.end),
        }
    }

    fn said(self, language: Locale) -> AnyView {
        let text = match self.policy {
            ExpiryPolicy::Never => return td_string!(language, site.policy.never).into_any(),
            ExpiryPolicy::Close => td_string!(language, site.policy.close, end = "{}"),
            ExpiryPolicy::Default => {
                let Site { cookie_age, .. } = expect_context();
                let age = length(language, cookie_age);
                td_string!(language, site.policy.default, age, end = "{}")
            }
            ExpiryPolicy::Idle(_) => {
                let idle = self.length;
                td_string!(language, site.policy.idle, idle, end = "{}")
            }
            ExpiryPolicy::Until(_) => td_string!(language, site.policy.until, end = "{}"),
        };
        view! { <Said text at=self.end /> }.into_any()
    }
}

/// The form with what holds now filled in.
fn chosen(visitor: &Visitor) -> Typed {
    let (expiry, seconds, days) = match visitor.policy {
        ExpiryPolicy::Default => ("default", None, None),
        ExpiryPolicy::Idle(idle) => ("idle", Some(idle.whole_seconds()), None),
        ExpiryPolicy::Until(_) => ("days", None, Some(visitor.age.whole_days() + 1)),
        ExpiryPolicy::Close => ("close", None, None),
        ExpiryPolicy::Never => ("never", None, None),
    };
    let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    Typed {
        expiry: expiry.into(),
        seconds: text(seconds),
        days: text(days),
        ..Typed::default()
    }
}
