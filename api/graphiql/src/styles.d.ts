// esbuild collects every imported style sheet into one file of the page.
declare module "*.css";
