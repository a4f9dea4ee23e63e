/**
 * Health checks for `argocd-cm`, in the Lua that Argo CD runs: version 5.1 with the base and table
 * libraries only (no `string`, no `math`), one second at most, never nil as a result.
 */

/** Says whether the object takes part in the gate protocol, and if so judges it by its gate. */
const gate = `
local notes = (obj.metadata or {}).annotations or {}
if notes["tidegate.dev/gated"] == "true" then
  local release = notes["tidegate.dev/release"]
  local state = notes["tidegate.dev/gate-state"] or "Idle"
  local message = notes["tidegate.dev/gate-message"]
  if state == "Failed" then
    return { status = "Degraded", message = message or "the gate failed" }
  end
  if state == "Passed" and release ~= nil and notes["tidegate.dev/gate-release"] == release then
    return { status = "Healthy", message = message or ("release " .. release .. " has passed") }
  end
  if message == nil or message == "" or notes["tidegate.dev/gate-release"] ~= release then
    message = "waiting for the gate to pass release " .. (release or "?")
  end
  return { status = "Progressing", message = message }
end
`.trim();

/** Health of an Application: its gate when gated, else its own state, unless that belongs to an older spec. */
export const applicationHealth = `
${gate}
local function blank(value)
  if value == nil or value == false or value == "" then return true end
  if type(value) ~= "table" then return false end
  for _, item in pairs(value) do
    if not blank(item) then return false end
  end
  return true
end
local function same(a, b)
  if blank(a) and blank(b) then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key, value in pairs(b) do
    if not same(a[key], value) then return false end
  end
  return true
end
local function health(status, message)
  return { status = status, message = message or "" }
end

local spec = obj.spec or {}
local status = obj.status
if status == nil or status.sync == nil then
  return health("Progressing", "not compared yet")
end
local several = not blank(spec.sources)
local compared = status.sync.comparedTo or {}
local fresh = same(spec.destination, compared.destination)
if several then
  fresh = fresh and same(spec.sources, compared.sources)
else
  fresh = fresh and same(spec.source, compared.source)
end
if not fresh then
  local why = ""
  for _, condition in ipairs(status.conditions or {}) do
    why = why .. " " .. (condition.type or "") .. ": " .. (condition.message or "")
  end
  return health("Progressing", "status belongs to an older spec." .. why)
end
local operation = status.operationState
if obj.operation ~= nil or (operation ~= nil and (operation.phase == "Running" or operation.phase == "Terminating")) then
  return health("Progressing", "sync operation pending or running: " .. ((operation or {}).message or ""))
end
if operation ~= nil and (operation.phase == "Failed" or operation.phase == "Error") then
  local result = operation.syncResult or {}
  local this
  if several then
    this = same(result.sources, spec.sources) and same(result.revisions, status.sync.revisions)
  else
    this = same(result.source, spec.source) and result.revision == status.sync.revision
  end
  if this then
    return health("Degraded", "last sync of this revision failed: " .. (operation.message or ""))
  end
end
if status.sync.status ~= "Synced" then
  return health("Progressing", "waiting for sync (status " .. (status.sync.status or "?") .. ")")
end
local own = (status.health or {}).status
if own == "Healthy" or own == "Degraded" or own == "Suspended" then
  return health(own)
end
return health("Progressing", "synced, health " .. (own or "?"))
`.trimStart();

/** Health of an ApplicationSet: its gate when gated, else Argo CD's built-in rule. */
export const applicationSetHealth = `
${gate}
local conditions = {}
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if condition.type ~= nil then conditions[condition.type] = condition end
end
local function is(type, status)
  return conditions[type] ~= nil and conditions[type].status == status
end
local function health(status, type)
  return { status = status, message = conditions[type].message }
end
if is("ErrorOccurred", "True") then return health("Degraded", "ErrorOccurred") end
if is("ResourcesUpToDate", "False") then return health("Degraded", "ResourcesUpToDate") end
if is("RolloutProgressing", "True") then return health("Progressing", "RolloutProgressing") end
if is("ResourcesUpToDate", "True") then return health("Healthy", "ResourcesUpToDate") end
return { status = "Progressing", message = "waiting for status" }
`.trimStart();

/**
 * Health of a PAT: Ready only for the generation that the controller has seen, so that an edited PAT
 * does not pass on its old readiness. Without observedGeneration the phase alone counts.
 */
export const patHealth = `
local hs = {}
if obj.status ~= nil then
  local seen = obj.status.observedGeneration
  local generation = (obj.metadata or {}).generation
  if seen ~= nil and generation ~= nil and seen ~= generation then
    hs.status = "Progressing"
    hs.message = "Waiting for namespace provisioning of generation " .. generation
  elseif obj.status.phase == "Ready" then
    hs.status = "Healthy"
    hs.message = "Namespace provisioned"
  elseif obj.status.phase == "Failed" then
    hs.status = "Degraded"
    hs.message = obj.status.message or "Namespace provisioning failed"
  else
    hs.status = "Progressing"
    hs.message = obj.status.message or "Waiting for namespace provisioning"
  end
else
  hs.status = "Progressing"
  hs.message = "Waiting for status"
end
return hs
`.trimStart();
