#!/bin/bash
# Create a test CA and a template signer that it certifies; not for production.
# usage: make-test-ca.sh FOLDER; creates ca.pem, ca.key, signer.pem, signer.key
# there. The keys are not encrypted and only their owner can read them.
set -eu
umask 077

[ $# = 1 ] || { echo "usage: make-test-ca.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
[ ! -e ca.key ] || { echo "make-test-ca: $1/ca.key exists" >&2; exit 1; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3650 \
	-subj '/O=Sample/CN=Sample template CA' -keyout ca.key -out ca.pem \
	-addext 'basicConstraints=critical,CA:TRUE' \
	-addext 'keyUsage=critical,keyCertSign,cRLSign' 2>openssl.log
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
	-subj '/O=Sample/CN=Sample template signer' \
	-keyout signer.key -out signer.csr 2>>openssl.log
printf '%s\n' 'basicConstraints=critical,CA:FALSE' \
	'keyUsage=critical,digitalSignature' 'subjectKeyIdentifier=hash' \
	'authorityKeyIdentifier=keyid' >signer.ext
openssl x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
	-sha256 -days 365 -extfile signer.ext -out signer.pem 2>>openssl.log
rm signer.csr signer.ext openssl.log ca.srl
chmod 644 ca.pem signer.pem
