import {
  ChevronsDown,
  ChevronsUp,
  CircleSlash,
  Gauge,
  Hourglass,
  type LucideIcon,
  TrendingDown,
  TrendingUp,
  Zap,
} from "lucide-react";
import type { HealthRule } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";

const ICONS: Readonly<Record<HealthRule, LucideIcon>> = {
  diverged: Zap,
  exploding: TrendingUp,
  vanishing: TrendingDown,
  explodingGradient: ChevronsUp,
  vanishingGradient: ChevronsDown,
  saturated: Gauge,
  dead: CircleSlash,
  notLearning: Hourglass,
};

export const HealthIcon = ({ rule, size = 12 }: { readonly rule: HealthRule; readonly size?: number }) => (
  <Icon of={ICONS[rule]} size={size} />
);
