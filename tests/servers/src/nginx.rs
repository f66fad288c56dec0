use std::{fs, process::Command};

use tempfile::TempDir;

use crate::{
    Missing,
    process::{Process, free_port, is_root, listens, program},
};

/// The nginx web server.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
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
        // Root's own nginx would read files as somebody who can't see into root's folders.
        let user = if is_root() { "user root;" } else { "" };
        let configuration = format!(
            "{user} daemon off; pid nginx.pid; error_log stderr;\n\
             events {{ worker_connections 4096; }}\n\
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
        Ok(Self { process, port, _folder: folder })
    }

    /// `http://` and its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Those who serve for a master that is killed would stay, and with them the port.
        self.process.stop();
    }
}
