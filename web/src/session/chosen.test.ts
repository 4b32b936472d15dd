import { expect, it } from "vitest";
import { baseOf, chosenIn, queryOf } from "./chosen";

it("names the session in the page's address and in the API's", () => {
  expect(baseOf(null)).toBe("/api/v1");
  expect(baseOf("demo-1")).toBe("/api/v1/sessions/demo-1");
  expect(baseOf("../x?y")).toBe("/api/v1/sessions/..%2Fx%3Fy");
  for (const chosen of ["demo-1", "a b", null]) expect(chosenIn(queryOf(chosen))).toBe(chosen);
  expect(chosenIn("?session=")).toBeNull();
});
