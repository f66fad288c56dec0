use huihua::expiry::Policy;
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

use super::{Problem, expiry_choice::ExpiryChoice};
use crate::{
    document::{Document, Site},
    form::{Refused, Typed},
    islands::{Greeting, Seed},
    visitor::{Visitor, human_time, length, machine_time},
};

/// The greeting, and for somebody who is logged in, how long they will be remembered.
#[component]
pub fn HomePage(
    /// Who is logged in.
    visitor: Option<Visitor>,
    /// The choice of expiry was not accepted, and here it is again.
    refused: Option<Refused>,
) -> impl IntoView {
    provide_context(Seed {
        uname: visitor.as_ref().map(|visitor| visitor.uname.clone()),
        end: visitor.as_ref().and_then(Visitor::end_millis),
    });
    view! {
        <Document title="首页">
            <Greeting />
            {match visitor {
                Some(visitor) => Either::Left(view! { <Expiry visitor refused /> }),
                None => Either::Right(view! { <p>"登录之后，这里会记得你。"</p> }),
            }}
        </Document>
    }
}

#[component]
fn Expiry(visitor: Visitor, refused: Option<Refused>) -> impl IntoView {
    let Refused { typed, problems } = refused.unwrap_or_else(|| Refused {
        typed: chosen(&visitor),
        ..Refused::default()
    });
    view! {
        <section id="session" aria-labelledby="session-title">
            <h2 id="session-title">"会话有效期"</h2>
            <p id="policy">{words(&visitor)}</p>
            <form id="expiry-form" method="post" action="/expiry/" novalidate>
                <Problem id="form-error" text=problems.form.clone() />
                <ExpiryChoice typed problems />
                <button type="submit">"更改"</button>
            </form>
        </section>
    }
    .into_any()
}

/// What holds now, in words, and until when.
fn words(visitor: &Visitor) -> impl IntoView + use<> {
    let time = view! { <time datetime=machine_time(visitor.end)>{human_time(visitor.end)}</time> };
    let said = match visitor.policy {
        Policy::Never => return EitherOf3::A("永不过期。"),
        Policy::Close => {
            return EitherOf3::B(view! {
                "关闭浏览器时到期；服务器最晚保留到 " {time} "。"
            });
        }
        Policy::Default => {
            let Site { cookie_age, .. } = expect_context();
            format!("最后一次更改后{}到期，也就是 ", length(cookie_age))
        }
        Policy::Idle(idle) => {
            let idle = length(idle.whole_seconds());
            format!("连续 {idle}没有活动就到期；如果现在离开，就是 ")
        }
        Policy::Until(_) => "到期时间固定，是 ".into(),
    };
    EitherOf3::C(view! {
        {said}
        {time}
        "。"
    })
}

/// The form with what holds now filled in.
fn chosen(visitor: &Visitor) -> Typed {
    let (expiry, seconds, days) = match visitor.policy {
        Policy::Default => ("default", None, None),
        Policy::Idle(idle) => ("idle", Some(idle.whole_seconds()), None),
        Policy::Until(_) => ("days", None, Some(visitor.age.whole_days() + 1)),
        Policy::Close => ("close", None, None),
        Policy::Never => ("never", None, None),
    };
    let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    Typed {
        expiry: expiry.into(),
        seconds: text(seconds),
        days: text(days),
        ..Typed::default()
    }
}
