// The optional body of a save or an unsave: the event's dimensions and nothing else.
import { z } from 'zod'
import { HttpProblem } from '#infra/runtime/http.ts'
import { parseJson } from '#infra/runtime/http-body.ts'
import { baseFields } from '#schemas/events/base.ts'
import { faultOf } from '#schemas/faults.ts'
import type { Fault } from '#schemas/faults.ts'

const { region, age_band, gender, device, traffic_source, follow_status } = baseFields

export const saveBodySchema = z.strictObject({
  region,
  age_band,
  gender,
  device,
  traffic_source,
  follow_status,
})

export type SaveDimensions = z.infer<typeof saveBodySchema>

/** Longest body: six short values and some white space. */
export const SAVE_BODY_BYTES_MAX = 4096

/**
 * The dimensions of a body; what is left out is unknown, and so is all of it without a body.
 * @throws HttpProblem `invalid_json` when it is no JSON object, else the code and field of its fault.
 */
export function parseSaveBody(body: unknown): SaveDimensions {
  if (!Buffer.isBuffer(body) || body.length === 0) return saveBodySchema.parse({})
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpProblem('invalid_json', 'The body must be a JSON object or be left out')
  }
  // A key of this name is lost when objects are copied, so it is looked for before anything else.
  if (Object.hasOwn(value, '__proto__')) {
    throw problemOf({ code: 'unknown_field', field: '__proto__', message: 'is not a field here' })
  }
  const parsed = saveBodySchema.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  throw problemOf(faultOf(parsed.error.issues))
}

function problemOf({ code, field, message }: Fault): HttpProblem {
  return new HttpProblem(code, `${field}: ${message}`, { field })
}
