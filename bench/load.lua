-- bench/load.lua - what wrk sends. Words after -- : MODE TOKEN FILE [SEED]
--   static        GET /healthz
--   read          GET /v1/subjects/ID/account, ids from FILE, one a line
--   find          look-up by e-mail and read, in turns; FILE has "id email" on each line
--   collect       POST /v1/collect/register, somebody new each time
--   visit         POST /v1/collect/visit, 400 bytes, somebody new without a look-up key
--   entry         POST /v1/subjects/ID/entry, 400 bytes more for somebody who is there
--   correct       PATCH /v1/subjects/ID/account, each id of FILE once (records at version 1), then it ends
--   erase         DELETE /v1/subjects/ID, each id of FILE once, then it ends
-- At the end one line of JSON: requests, errors, microseconds.
local mode, token, file, seed
local ids, emails = {}, {}
local count, at = 0, 0
local thread_of
begun, ended, answers = 0, 0, 0 -- read by done()
local text400 = string.rep("what I wrote, and a little more; ", 13):sub(1, 400)

local ffi = require("ffi")
ffi.cdef("typedef struct { long s, us; } troth_time; int gettimeofday(troth_time *, void *);")
local function now()
   local t = ffi.new("troth_time")
   ffi.C.gettimeofday(t, nil)
   return tonumber(t.s) * 1e6 + tonumber(t.us)
end

function setup(thread) thread_of = thread end

-- What has an end: answers of ours begin with a brace, those of the filling behind it do not.
local function counted(status, headers, body)
   if body:sub(1, 1) ~= "{" and status == 200 then return end
   answers = answers + 1
   if answers < #ids then return end
   ended = now()
   wrk.thread:stop()
end

function init(args)
   mode, token, file, seed = args[1], args[2], args[3], tonumber(args[4] or "1")
   math.randomseed(seed)
   if file and file ~= "-" then
      for line in io.lines(file) do
         local id, email = line:match("^(%S+)%s*(%S*)")
         ids[#ids + 1], emails[#emails + 1] = id, email
      end
   end
   wrk.headers["Authorization"] = "Bearer " .. token
   wrk.headers["Troth-Purpose"] = mode == "erase" and "rights" or "run-account"
   if mode == "correct" or mode == "erase" then response = counted end
end

local function word()
   local letters = {}
   for i = 1, 12 do letters[i] = string.char(97 + math.random(0, 25)) end
   return table.concat(letters)
end

function request()
   count = count + 1
   if mode == "static" then return wrk.format("GET", "/healthz") end
   if mode == "read" then
      return wrk.format("GET", "/v1/subjects/" .. ids[math.random(#ids)] .. "/account")
   end
   if mode == "find" then
      if count % 2 == 1 then
         at = math.random(#ids)
         return wrk.format("GET", "/v1/subjects?lookup=account.email:" .. emails[at]:gsub("@", "%%40"))
      end
      return wrk.format("GET", "/v1/subjects/" .. ids[at] .. "/account")
   end
   if response then
      local turn = count - 1 -- wrk makes the first only to look at it
      if turn == 0 or turn > #ids then return wrk.format("GET", "/healthz") end
      if turn == 1 then begun = now() end
      if mode == "erase" then return wrk.format("DELETE", "/v1/subjects/" .. ids[turn]) end
      wrk.headers["If-Match"] = '"1"'
      wrk.headers["Content-Type"] = "application/json"
      return wrk.format("PATCH", "/v1/subjects/" .. ids[turn] .. "/account", nil,
                        '{"fields":{"about":"' .. text400:sub(1, 200) .. '"}}')
   end
   wrk.headers["Content-Type"] = "application/json"
   if mode == "entry" then
      return wrk.format("POST", "/v1/subjects/" .. ids[math.random(#ids)] .. "/entry", nil,
                        '{"fields":{"text":"' .. text400 .. '"}}')
   end
   if mode == "visit" then
      return wrk.format("POST", "/v1/collect/visit", nil, '{"fields":{"guest.text":"' .. text400 .. '"}}')
   end
   local name = word()
   return wrk.format("POST", "/v1/collect/register", nil, string.format(
      '{"fields":{"account.first-name":"%s","account.last-name":"%s","account.email":"%s.%d.%d@example.org","account.about":"%s"}}',
      name, word(), name, seed, count, text400:sub(1, 320)))
end

function done(summary, latency)
   local errors = summary.errors
   if thread_of:get("ended") > 0 then
      summary.requests, summary.duration = thread_of:get("answers"), thread_of:get("ended") - thread_of:get("begun")
   end
   io.write(string.format(
      '\nRESULT {"requests":%d,"us":%d,"status":%d,"socket":%d,"p50":%d,"p99":%d}\n', summary.requests,
      summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
