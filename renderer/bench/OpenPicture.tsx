import { ImagePlus } from "lucide-react";
import { useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { takePicture } from "./readPicture.ts";

export const OpenPicture = ({ channels }: { readonly channels: number }) => {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button button-small" onClick={() => input.current?.click()}>
        <Icon of={ImagePlus} size={14} />
        Open a picture
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label="Picture file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void takePicture(file, channels);
          event.target.value = "";
        }}
      />
    </>
  );
};
