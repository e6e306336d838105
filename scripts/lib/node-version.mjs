/** Refuses to go on with a Node.js older than package.json's `engines` asks for; imported first, in syntax that old ones read. */
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `perdure: Node.js 20.19 or newer is needed; this is ${process.versions.node} (${process.execPath})\n`,
  );
  process.exit(1);
}
