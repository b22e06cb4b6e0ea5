// A network of a test's own that can be cut: network namespaces, one for the database and one for each node, with a
// wire from each node to the database and one from each node to here. And certificates for those who meet there.
//
// The addresses are of 198.18.0.0/15, which no real network uses. Everything goes with this process, however it ends.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { folder } from './troth.mjs';

function ip(...args) {
    const done = spawnSync('ip', args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.error ?? done.stderr}`);
}

/** Why there can be no such network here, or false. */
export function impossible() {
    if (process.getuid() !== 0) return 'network namespaces need root';
    const name = `troth-${process.pid}-try`;
    try {
        ip('netns', 'add', name);
        ip('-n', name, 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
        return false;
    } catch (error) {
        return `no network namespaces here: ${error.message}`;
    } finally {
        spawnSync('ip', ['netns', 'del', name]);
    }
}

export class Network {
    constructor(count) {
        const own = process.pid % 250;
        this.database = `troth-${process.pid}-db`;
        this.nodes = Array.from({ length: count }, (_, i) => ({
            space: `troth-${process.pid}-${i}`,
            wire: `t${process.pid}d${i}`, far: `t${process.pid}e${i}`,   // of the node and of the database
            door: `t${process.pid}c${i}`,                                // of this process
            database: `198.18.${own}.${i * 4 + 1}`,                      // where this node finds the database
            address: `198.19.${own}.${i * 4 + 2}`,                       // where we find this node
        }));
        const spaces = [this.database, ...this.nodes.map((node) => node.space)];
        // A shell that waits for our end, because an end by kill -9 tells nobody.
        this.broom = spawn('sh', ['-c', `cat >/dev/null
            for space in ${spaces.join(' ')}; do
                for pid in $(ip netns pids $space 2>/dev/null); do kill -KILL $pid; done
                ip netns del $space
            done
            for wire in ${this.nodes.map((node) => node.door).join(' ')}; do ip link del $wire; done`],
        { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
        for (const handle of [this.broom, this.broom.stdin]) handle.unref();
        for (const space of spaces) {
            ip('netns', 'add', space);
            ip('-n', space, 'link', 'set', 'lo', 'up');
        }
        for (const [i, node] of this.nodes.entries()) {
            ip('link', 'add', 'name', node.wire, 'netns', node.space, 'type', 'veth', 'peer', 'name', node.far, 'netns', this.database);
            ip('-n', this.database, 'addr', 'add', `${node.database}/30`, 'dev', node.far);
            ip('-n', node.space, 'addr', 'add', `198.18.${own}.${i * 4 + 2}/30`, 'dev', node.wire);
            ip('link', 'add', 'name', node.door, 'type', 'veth', 'peer', 'name', 'door', 'netns', node.space);
            ip('addr', 'add', `198.19.${own}.${i * 4 + 1}/30`, 'dev', node.door);
            ip('-n', node.space, 'addr', 'add', `${node.address}/30`, 'dev', 'door');
            ip('link', 'set', node.door, 'up');
            ip('-n', node.space, 'link', 'set', 'door', 'up');
            this.heal(i);
        }
    }

    /** Words before a command that is to run there. */
    inDatabase() { return ['ip', 'netns', 'exec', this.database]; }
    inNode(i) { return ['ip', 'netns', 'exec', this.nodes[i].space]; }

    /** The wire between a node and the database, cut at the node's end or at the other one. */
    cut(i, end = 'node') {
        if (end === 'node') ip('-n', this.nodes[i].space, 'link', 'set', this.nodes[i].wire, 'down');
        else ip('-n', this.database, 'link', 'set', this.nodes[i].far, 'down');
    }

    heal(i) {
        ip('-n', this.nodes[i].space, 'link', 'set', this.nodes[i].wire, 'up');
        ip('-n', this.database, 'link', 'set', this.nodes[i].far, 'up');
    }

    /** When nothing of ours runs there any more. */
    async close() {
        const gone = new Promise((resolve) => this.broom.on('exit', resolve));
        this.broom.ref();
        this.broom.stdin.end();
        await gone;
        const left = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
        assert.ok(!left.includes(`troth-${process.pid}-`), `namespaces are left: ${left}`);
    }
}

/** An authority that nobody knows. .ca is its certificate's file; issue() gives {cert, key}, files. */
export class Authority {
    constructor(name = 'nobody knows it') {
        this.folder = folder('authority');
        this.made = 0;
        const { cert, key } = this.#make(name, ['-x509', '-days', '2', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign']);
        [this.ca, this.key] = [cert, key];
    }

    #make(name, more) {
        const base = path.join(this.folder, String(++this.made)), cert = `${base}.pem`, key = `${base}.key`;
        const done = spawnSync('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`,
            '-keyout', key, '-out', cert, ...more], { encoding: 'utf8' });
        assert.equal(done.status, 0, done.stderr);
        return { cert, key };
    }

    /** names: as subjectAltName has them, IP:… or DNS:… */
    issue(...names) {
        const made = this.#make(names[0].replace(/^\w+:/, ''), []);
        const extensions = `${made.cert}.ext`;
        writeFileSync(extensions, `subjectAltName=${names.join(',')}\nbasicConstraints=CA:FALSE\n`);
        const done = spawnSync('openssl', ['x509', '-req', '-in', made.cert, '-CA', this.ca, '-CAkey', this.key, '-CAcreateserial', '-days', '2',
            '-extfile', extensions, '-out', made.cert], { encoding: 'utf8' });
        assert.equal(done.status, 0, done.stderr);
        return made;
    }
}
