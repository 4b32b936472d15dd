import { expect, it } from "vitest";
import { assetClass, words } from "./words";

it("turns names into words, and keeps spellings of their own", () => {
  expect([words("gradient_boosting"), words("bilstm"), words("")]).toEqual(["Gradient boosting", "BiLSTM", ""]);
  expect([assetClass("fx"), assetClass("carbon_credit")]).toEqual(["Foreign exchange", "Carbon credit"]);
});
