// A certificate of an authority of our own for brokers on the loopback address, as TLS wants it.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface BrokerCertificate {
  /** The authority's certificate, which clients trust. */
  readonly caFile: string
  readonly caText: string
  /** Key, certificate and authority in one file, as Kafka reads a keystore of type PEM. */
  readonly keystoreFile: string
}

/** Makes it with openssl; good for a day. */
export async function makeBrokerCertificate(folder: string): Promise<BrokerCertificate> {
  const at = (name: string): string => join(folder, name)
  const openssl = (line: string) => promisify(execFile)('openssl', line.split(' '), { cwd: folder })
  const newKey = 'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  await openssl(`${newKey} -x509 -days 1 -subj /CN=keepsake-test -keyout ca.key -out ca.pem`)
  await openssl(`${newKey} -subj /CN=127.0.0.1 -keyout broker.key -out broker.csr`)
  writeFileSync(at('broker.ext'), 'subjectAltName=IP:127.0.0.1\n')
  await openssl(
    'x509 -req -days 1 -in broker.csr -extfile broker.ext -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.pem',
  )
  const parts = ['broker.key', 'broker.pem', 'ca.pem'].map((name) => readFileSync(at(name), 'utf8'))
  writeFileSync(at('keystore.pem'), parts.join(''), { mode: 0o600 })
  const caText = readFileSync(at('ca.pem'), 'utf8')
  return { caFile: at('ca.pem'), caText, keystoreFile: at('keystore.pem') }
}
