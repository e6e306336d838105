/** The Lua process of W3: 60 lines, as a program of its size is written. It keeps an account until it is told to go. */
export const account = `
local Account = {}
Account.__index = Account

function Account.new(owner)
  return setmetatable({ owner = owner, balance = 0, entries = {}, closed = false }, Account)
end

function Account:note(kind, amount)
  self.entries[#self.entries + 1] = { kind = kind, amount = amount, balance = self.balance }
end

function Account:deposit(amount)
  if self.closed then return nil, "the account is closed" end
  if amount <= 0 then return nil, "an amount must be more than 0" end
  self.balance = self.balance + amount
  self:note("deposit", amount)
  return self.balance
end

function Account:withdraw(amount)
  if self.closed then return nil, "the account is closed" end
  if amount > self.balance then return nil, "there is not enough money" end
  self.balance = self.balance - amount
  self:note("withdraw", amount)
  return self.balance
end

function Account:statement()
  local lines = {}
  for i, entry in ipairs(self.entries) do
    lines[i] = entry.kind .. " " .. entry.amount .. " = " .. entry.balance
  end
  return table.concat(lines, "\\n")
end

local handlers = {}

function handlers.deposit(acc, msg) msg:reply(acc:deposit(msg:payload():data())) end
function handlers.withdraw(acc, msg) msg:reply(acc:withdraw(msg:payload():data())) end
function handlers.statement(acc, msg) msg:reply(acc:statement()) end

function handlers.go(acc, msg)
  acc.closed = true
  process.send(msg:from(), "done")
end

local function main(owner)
  local inbox = process.inbox()
  local acc = Account.new(owner or "nobody")
  while not acc.closed do
    local msg = inbox:receive()
    local handler = handlers[msg:topic()]
    if handler then handler(acc, msg) end
  end
  return acc.balance
end

return main`;
