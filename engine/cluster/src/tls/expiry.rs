//! Until when a certificate is good: asked of the library that judges those of others, so that both agree.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// The time at which the certificate has expired, if it has after this time from now.
pub(super) fn before(certificate: &CertificateDer<'_>, time: Duration) -> Option<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let at = UnixTime::since_unix_epoch(now + time);
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    // Its time is looked at before all else: no authority is needed.
    let judged = certificate.verify_for_usage(&[], &[], &[], at, KeyUsage::client_auth(), None, None);
    match judged.err()? {
        Error::CertExpired { not_after, .. } => {
            let until = DateTime::from_timestamp(i64::try_from(not_after.as_secs()).ok()?, 0)?;
            Some(until.format("%Y-%m-%d at %H:%M UTC").to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn until(time: Duration) -> CertificateDer<'static> {
        let mut parameters = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(1970, 1, 1) + time;
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn the_day_of_its_end_is_known() {
        let then = until(DAY * 365 * 52);
        assert_eq!(before(&then, Duration::ZERO).unwrap(), "2021-12-19 at 00:00 UTC");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let soon = until(now + 10 * DAY);
        assert_eq!(before(&soon, Duration::ZERO), None);
        assert!(before(&soon, 14 * DAY).is_some());
        assert_eq!(before(&soon, 9 * DAY), None);
    }
}
