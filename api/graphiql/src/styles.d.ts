// esbuild gathers every imported style sheet into the page's own.
declare module "*.css";
