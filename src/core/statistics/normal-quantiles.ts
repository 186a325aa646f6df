/** Standard normal quantiles: of 0.95 (two sides of 5%), of 0.975 (two sides of 2.5%), and of 0.8 (a power of 80%). */
export const NORMAL_90 = 1.6448536269514722
export const NORMAL_95 = 1.959963984540054
export const NORMAL_POWER_80 = 0.8416212335729143
