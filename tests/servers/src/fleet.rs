use std::path::Path;

use tempfile::TempDir;

use crate::{
    Huihua, Missing, Nginx, Postgres, Sentinels,
    deployed::{self, Values, filled, variables},
    process::program,
    stores::Settings,
};

const SECRET: &str = "one secret for all servers";

/// Three servers behind nginx, on one store: all of it as `deploy/` sets it up, on loopback.
#[derive(Debug)]
pub struct Fleet {
    nginx: Nginx,
    servers: Vec<Huihua>,
    sentinels: Option<Sentinels>,
    _postgres: Option<Postgres>,
    _folder: TempDir,
}

impl Fleet {
    /// What `deploy/` has an `engine-….env` for.
    pub const ENGINES: [&str; 3] = ["redis", "postgres", "cached_db"];

    /// Starts one of `huihua` with the built site in `site`, that keeps its sessions as
    /// `engine-….env` of `engine` says; `more` is what servers are told besides.
    ///
    /// # Errors
    /// If a program isn't installed.
    pub fn start(
        engine: &str,
        huihua: &Path,
        site: &Path,
        more: &[(&str, &str)],
    ) -> Result<Self, Missing> {
        program("nginx", &[])?;
        let folder = tempfile::tempdir().unwrap();
        let mut values = Values::from([
            ("DEPLOY", deployed::folder().display().to_string()),
            // `Nginx` takes a free port in its place.
            ("LISTEN", "80".into()),
            ("SITE_ROOT", site.display().to_string()),
            ("PROXIES", "127.0.0.1".into()),
            ("SECRET_KEY", SECRET.into()),
        ]);
        let (mut sentinels, mut postgres) = (None, None);
        match engine {
            "redis" => {
                let redis = sentinels.insert(Sentinels::start()?);
                values.insert("SENTINELS", redis.nodes().join(","));
                values.insert("REDIS_PASSWORD", redis.password().into());
            }
            _ => {
                let database = postgres.insert(Postgres::deployed("")?);
                values.insert("DATABASE_URL", database.database());
            }
        }
        let mut settings: Settings = variables(&filled("huihua.env", &values));
        settings.extend(variables(&filled(&format!("engine-{engine}.env"), &values)));
        settings.extend(more.iter().map(|(name, text)| ((*name).into(), (*text).into())));
        let mut servers = Vec::new();
        for name in ["SERVER_1", "SERVER_2", "SERVER_3"] {
            let home = folder.path().join(name);
            std::fs::create_dir(&home).unwrap();
            let server = Huihua::start(huihua, &settings, &home);
            values.insert(name, server.url().trim_start_matches("http://").to_owned());
            servers.push(server);
        }
        Ok(Self {
            nginx: Nginx::start(&filled("nginx.conf", &values))?,
            servers,
            sentinels,
            _postgres: postgres,
            _folder: folder,
        })
    }

    /// `http://` and the address of the proxy.
    pub fn url(&self) -> String {
        self.nginx.url()
    }

    /// The servers behind it.
    pub fn servers(&mut self) -> &mut [Huihua] {
        &mut self.servers
    }

    /// Kills the Redis that all of them write to, if there is one.
    pub fn kill_the_master(&mut self) {
        if let Some(sentinels) = &mut self.sentinels {
            sentinels.kill_the_master();
        }
    }
}
