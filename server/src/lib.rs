//! The site as a process: settings, routes, health, and the operator's commands.

pub mod cli;
mod commands;
mod console;
mod csrf;
mod dotenv;
pub mod error;
mod guard;
mod health;
mod http_server;
mod log;
mod login_limit;
mod look;
mod metrics;
mod pages;
mod plain_http;
pub mod settings;
mod signals;
mod site;
pub mod startup;
mod submit;
mod way;
