//! Encryption of connections: a certificate chain and its key in PEM files, TLS 1.2 and 1.3.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::ops::failure::{Failure, Kind};

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
}

/// Reads the files.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Failure> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(unreadable(&files.certificate, &"it holds no certificate"));
    }
    let mode = std::fs::metadata(&files.key).map_err(|error| unreadable(&files.key, &error))?.permissions().mode();
    if mode & 0o007 != 0 {
        let message = format!("everybody can read {}", files.key.display());
        return Err(Failure::new(Kind::Configuration, message).hint(format!("chmod o= {}", files.key.display())));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(&files.key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| {
            Failure::new(Kind::Configuration, format!("certificate and key can't be used: {error}"))
                .hint("the key has to be that of the first certificate in the file")
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Kind::Configuration, format!("{} can't be read: {error}", file.display()))
        .hint("give PEM files with --tls-cert and --tls-key")
}
