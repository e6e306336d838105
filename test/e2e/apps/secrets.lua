-- Uses everything that makes or checks a secret, says what came out, and waits: what it says must be the same after a replay.
local base64 = require("base64")
local crypto = require("crypto")
local hash = require("hash")
local json = require("json")
local process = require("process")
local uuid = require("uuid")

-- Put in by the test, as are keys that a program has in its source.
local PRIVATE, PUBLIC = [[@PRIVATE@]], [[@PUBLIC@]]

local order = {
    type = "object",
    required = { "id", "lines" },
    properties = {
        id = { type = "string", format = "uuid" },
        lines = { type = "array", items = { ["$ref"] = "#/$defs/line" } },
        note = { type = "string", pattern = "^[^<>]*$" },
    },
    ["$defs"] = { line = { type = "object", properties = { count = { type = "integer", minimum = 1 } } } },
}

local function made()
    local password = table.concat({ "correct", "horse", "battery" }, " ")
    local quick = assert(crypto.pbkdf2(password, "salt", 100, 32))
    local slow = assert(crypto.pbkdf2(password, "salt", 30000, 32))
    local sealed = assert(crypto.encrypt.aes("a plain text", quick, "aad"))
    local other = assert(crypto.encrypt.chacha20("a plain text", slow))
    local claims = { sub = "me", exp = os.time() + 3600 }
    local token = assert(crypto.jwt.encode(claims, PRIVATE, "RS256"))
    local short = assert(crypto.jwt.encode(claims, quick))
    local id = uuid.v4()
    local _, misfit = json.validate(order, { id = id, lines = { { count = 0 } } })
    return {
        ids = { id, uuid.v1(), uuid.v7(), crypto.random.uuid(), uuid.v5(id, "name") },
        random = base64.encode(crypto.random.bytes(24)),
        text = crypto.random.string(40),
        sealed = { base64.encode(sealed), base64.encode(other) },
        opened = { crypto.decrypt.aes(sealed, quick, "aad"), (crypto.decrypt.chacha20(other, slow)) },
        slow = hash.sha256(slow),
        token = token,
        subjects = { crypto.jwt.verify(token, PUBLIC, "RS256").sub, crypto.jwt.verify(short, quick).sub },
        refused = select(2, crypto.jwt.verify(token .. "A", PUBLIC, "RS256")):message(),
        mac = crypto.hmac.sha512(quick, id),
        fits = json.validate(order, { id = id, lines = {}, note = "x" }),
        misfit = misfit:message(),
    }
end

return {
    main = function()
        local said = made()
        local inbox = process.inbox()
        while true do
            local msg = inbox:receive()
            if msg:topic() == "finish" then return said end
            msg:reply(said)
        end
    end,
}
