//! Turns the texts in `locales` into code, so that a text that is missing fails the build.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    #[cfg(feature = "ssr")]
    texts::generate()?;
    Ok(())
}

#[cfg(feature = "ssr")]
mod texts {
    use std::{env, error::Error, fs, path::PathBuf};

    use leptos_i18n_parser::parse_locales::{
        options::{Config, ParseOptions},
        parse_locales,
    };

    pub(super) fn generate() -> Result<(), Box<dyn Error>> {
        let options = ParseOptions::default().interpolate_display(true);
        // The first is everybody's until they choose another.
        let config = Config::new("zh-CN")?
            .add_locale("en")?
            .add_namespace("site")?
            .add_namespace("console")?
            .parse_options(options);
        let locales = parse_locales(None, config)?;
        for error in locales.diag.errors().iter() {
            println!("cargo::error={error}");
        }
        // A text that only one language has.
        for warning in locales.diag.warnings().iter() {
            println!("cargo::error={warning}");
        }
        let code = leptos_i18n_codegen::gen_code(&locales, None, false, None, false)?;
        let folder = env::var_os("OUT_DIR").ok_or("no OUT_DIR")?;
        fs::write(PathBuf::from(folder).join("i18n.rs"), code.to_string())?;
        Ok(())
    }
}
