-- What the visitors of a benchmark do, for wrk:
--
--     wrk -s visitors.lua URL -- ACTION CHANGE FORM COOKIES
--
-- CHANGE is the path of a change and FORM its form, with {n} for a number, and COOKIES is a file with the
-- cookies of those who are logged in.

local FORM = "application/x-www-form-urlencoded"
-- No cookie that holds a session, or its key, is shorter.
local SHORTEST = 20
local reads, cookies, waiting, begun = {}, {}, {}, {}
local turn, action, change_path, change_form = 0, nil, nil, nil
local login, guest, ones = nil, nil, {}

local function next_of(list)
  return list[turn % #list + 1]
end

local function log_in()
  return login
end

local function change()
  local form = change_form:gsub("{n}", tostring(turn % 28 + 1))
  local headers = { ["Content-Type"] = FORM, ["Cookie"] = next_of(cookies) }
  return wrk.format("POST", change_path, headers, form)
end

-- Only who has logged in here can log out: who has not yet, does.
local function log_out()
  local cookie = table.remove(begun)
  if not cookie then
    return login
  end
  return wrk.format("GET", "/logout/", { ["Cookie"] = cookie })
end

local actions = {
  greeting = function() return next_of(reads) end,
  guest = function() return guest end,
  one = function() return next_of(ones) end,
  login = function() return login end,
  change = change,
  ["in-and-out"] = log_out,
  mix = function()
    local of_hundred = math.random(100)
    if of_hundred <= 90 then
      return next_of(reads)
    elseif of_hundred <= 95 then
      return login
    elseif of_hundred <= 99 then
      return change()
    else
      return log_out()
    end
  end,
}

-- Remembers the session that a login began; what a logout or a change sets is something else.
local function remember(status, headers)
  local set = headers["Set-Cookie"] or headers["set-cookie"]
  local cookie = set and set:match("sessionid=[^;]+")
  if cookie and #cookie > SHORTEST and not waiting[cookie] and #begun < 1000 then
    table.insert(begun, cookie)
  end
end

function init(args)
  action = actions[args[1]]
  change_path, change_form = args[2], args[3]
  for cookie in io.lines(args[4]) do
    table.insert(cookies, cookie)
    waiting[cookie] = true
    table.insert(reads, wrk.format("GET", "/", { ["Cookie"] = cookie }))
    table.insert(ones, wrk.format("GET", "/one/", { ["Cookie"] = cookie }))
  end
  guest = wrk.format("GET", "/")
  login = wrk.format("POST", "/login_handle/", { ["Content-Type"] = FORM }, "uname=ming")
  -- To read answers costs wrk time, so it does where it has to.
  if args[1] == "in-and-out" or args[1] == "mix" then
    response = remember
  end
end

function request()
  turn = turn + 1
  return action()
end
