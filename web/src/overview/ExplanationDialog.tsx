import { useQuery } from "@tanstack/react-query";
import { Dialog } from "../parts/Dialog";
import { useBase } from "../session/chosen";
import { explainOrder } from "../wire/api";
import type { ExplanationStep } from "../wire/types";

/** Why an order exists and what became of it, told by the journal. */
export function ExplanationDialog({ clientOrderId, onClose }: { clientOrderId: string; onClose: () => void }) {
  const base = useBase();
  const { data, error, isPending } = useQuery({
    queryKey: ["explain", base, clientOrderId],
    queryFn: () => explainOrder(base, clientOrderId),
    staleTime: 0,
  });
  return (
    <Dialog title={data?.title ?? `Order ${clientOrderId}`} onClose={onClose}>
      {isPending ? <p className="text-faint">Reading the journal…</p> : null}
      {error ? (
        <p role="alert" className="text-down">
          {error.message}
        </p>
      ) : null}
      {data ? (
        <>
          <p className="text-[0.9375rem]">{data.summary}</p>
          <ol className="mt-4 space-y-3.5">
            {data.steps.map((step, index) => (
              <Step key={`${step.heading} ${step.seq}`} step={step} number={index + 1} />
            ))}
          </ol>
        </>
      ) : null}
    </Dialog>
  );
}

function Step({ step, number }: { step: ExplanationStep; number: number }) {
  return (
    <li className="grid grid-cols-[1.5rem_1fr] gap-x-2">
      <span className="mt-px text-right text-xs text-faint">{number}</span>
      <div>
        <h3 className="text-sm font-medium">
          {step.heading}
          {step.seq === null ? null : <span className="ml-2 text-2xs font-normal text-faint">record {step.seq}</span>}
        </h3>
        {step.sentences.map((sentence) => (
          <p key={sentence} className="text-[0.8125rem] text-soft">
            {sentence}
          </p>
        ))}
      </div>
    </li>
  );
}
