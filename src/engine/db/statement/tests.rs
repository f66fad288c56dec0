use super::*;

#[test]
fn no_value_ends_its_literal() {
    let values = ["'; DROP TABLE x; --$2".into(), "\\'".into()];
    let sql = with_values("UPDATE x SET a = $1 WHERE b = $2 LIMIT 7", &values);
    assert_eq!(
        sql,
        "UPDATE x SET a = convert_from(decode('JzsgRFJPUCBUQUJMRSB4OyAtLSQy', 'base64'), \
         'UTF8') WHERE b = convert_from(decode('XCc=', 'base64'), 'UTF8') LIMIT 7"
    );
}
