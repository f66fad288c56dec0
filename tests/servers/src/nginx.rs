use std::{fs, process::Command};

use tempfile::TempDir;

use crate::{
    Missing,
    process::{Process, free_port, listens, program},
};

/// The nginx web server.
#[derive(Debug)]
pub struct Nginx {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one with what belongs into its block `http`, which listens on port 80 there and on a
    /// free one here.
    ///
    /// # Errors
    /// If it isn't installed.
    pub fn start(http: &str) -> Result<Self, Missing> {
        let nginx = program("nginx", &[])?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let http = http.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        let configuration = format!(
            "daemon off; pid nginx.pid; error_log stderr; events {{}}\n\
             http {{\n\
             access_log off; client_body_temp_path body; proxy_temp_path proxy;\n\
             fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
             {http}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let mut command = Command::new(nginx);
        command.arg("-p").arg(folder.path()).arg("-c").arg(file);
        let mut process = Process::new(command, folder.path().join("log"));
        process.start();
        process.wait_until(|| listens(port));
        Ok(Self {
            _process: process,
            port,
            _folder: folder,
        })
    }

    /// `http://` and its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
