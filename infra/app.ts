import { bundleFunctions } from './bundle.ts';
import { documents } from './documents.ts';
import { functionsOf, relayFunction } from './functions.ts';
import { leadline } from './leadline.ts';
import { services } from './services.ts';

const bundles = await bundleFunctions({ functions: [...services.flatMap(functionsOf), relayFunction], extras: await documents(services) });

const { app, stage } = leadline({ services, bundleOf: bundles.of });
// CloudFormation's own rules take two seconds to check. (The App has an option for it, but only the App knows the stage.)
if (!stage.deployed) process.env.CDK_VALIDATION = 'false';
app.synth();
