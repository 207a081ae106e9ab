/** Where datasets with a name are published, and how their files are known to be right. */
import { CIFAR_INNER_FOLDER } from "./cifar.ts";
import type { NamedDataset } from "./datasetFiles.ts";

export interface DownloadFile {
  readonly name: string;
  /** Tried in this order. */
  readonly mirrors: readonly string[];
  /** Of the published file, to tell how far a download is. */
  readonly bytes: number;
  readonly checksum: { readonly algorithm: "md5" | "sha256"; readonly hex: string };
  /** A packed archive: these of its members are kept, under their last names, and the archive is not. */
  readonly members?: readonly string[];
  /** The folder that the archive unpacks into by hand: members are looked for there, too. */
  readonly innerFolder?: string;
}

const fashionMirrors = [
  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
  "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
];

const fashionFile = (name: string, bytes: number, hex: string): DownloadFile => ({
  name,
  bytes,
  mirrors: fashionMirrors.map((mirror) => `${mirror}/${name}`),
  // Published by the authors, with MD5 only.
  checksum: { algorithm: "md5", hex },
});

/** MNIST comes with the app. */
export type DownloadName = Exclude<NamedDataset, "mnist">;

export type Downloads = Readonly<Record<DownloadName, readonly DownloadFile[]>>;

export const downloads: Downloads = {
  fashionMnist: [
    fashionFile("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    fashionFile("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
    fashionFile("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
    fashionFile("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
  ],
  cifar10: [
    {
      name: "cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      mirrors: [
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
      ],
      checksum: { algorithm: "sha256", hex: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd" },
      members: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`).concat("test_batch.bin", "batches.meta.txt"),
      innerFolder: CIFAR_INNER_FOLDER,
    },
  ],
};

/** With a mirror of one's own before the publishers': it holds the files by their names. */
export const withMirror = (files: readonly DownloadFile[], mirror: string | null): readonly DownloadFile[] =>
  mirror === null
    ? files
    : files.map((file) => ({ ...file, mirrors: [`${mirror.replace(/\/+$/, "")}/${file.name}`, ...file.mirrors] }));
