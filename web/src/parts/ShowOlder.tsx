const MORE = 20;

/** The way to older rows, where there are more than are shown. */
export function ShowOlder({ shown, of, onShow }: { shown: number; of: number; onShow: (count: number) => void }) {
  if (of <= shown) return null;
  return (
    <button
      type="button"
      onClick={() => onShow(shown + MORE)}
      className="mx-4 mb-3 self-start rounded-md border border-line px-2.5 py-1 text-xs text-soft hover:bg-raised"
    >
      Show older
    </button>
  );
}
