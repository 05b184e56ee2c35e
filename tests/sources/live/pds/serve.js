// Serves a real AT Protocol server on this machine, with a directory of identities in memory, and prints its port.
'use strict'
const http = require('node:http')
const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')

const operations = new Map()

// As far as the server asks: it writes an identity's first operation and reads its document (did:plc, v0.1).
const directory = http.createServer((request, response) => {
  const did = decodeURIComponent(request.url.slice(1).split('/')[0])
  if (request.method === 'POST') {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => { operations.set(did, JSON.parse(body)); response.end() })
    return
  }
  const operation = operations.get(did)
  if (!operation) { response.statusCode = 404; response.end('{}'); return }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    alsoKnownAs: operation.alsoKnownAs,
    verificationMethod: Object.entries(operation.verificationMethods).map(([name, key]) => ({
      id: `${did}#${name}`, type: 'Multikey', controller: did, publicKeyMultibase: key.replace('did:key:', '')
    })),
    service: Object.entries(operation.services).map(([name, one]) => ({
      id: `#${name}`, type: one.type, serviceEndpoint: one.endpoint
    }))
  }))
})

directory.listen(0, '127.0.0.1', async () => {
  const folder = process.argv[2]
  const environment = {
    devMode: true,
    port: 0,
    hostname: 'localhost',
    dataDirectory: folder,
    blobstoreDiskLocation: `${folder}/blobs`,
    didPlcUrl: `http://127.0.0.1:${directory.address().port}`,
    serviceHandleDomains: ['.test'],
    plcRotationKeyK256PrivateKeyHex: '11'.repeat(32),
    dpopSecret: '22'.repeat(32),
    jwtSecret: 'of-a-test-'.repeat(4),
    adminPassword: 'of-a-test',
    inviteRequired: false,
    disableSsrfProtection: true,
    rateLimitsEnabled: false,
    crawlers: []
  }
  const config = envToCfg(environment)
  config.service.port = 0
  const server = await (await PDS.create(config, envToSecrets(environment))).start()
  console.log(JSON.stringify({ port: server.address().port }))
})

// The test ends this by closing what it reads from.
process.stdin.on('end', () => process.exit(0)).resume()
